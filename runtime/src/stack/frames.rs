//! The frames of a place, read from the innermost outwards.

use std::sync::Arc;

use crate::frame::{Frame, GlobalLayer, RecordObserver, SpanIdentity};
use crate::stack::entry::StackEntry;
use crate::stack::entry_kind::EntryKind;
use crate::stack::node::{Node, Stack};
use crate::stack::owner::View;

/// A frame, with the numbers that it is known by.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub(crate) frame: &'a Frame,
    /// Of the stack that the frame is the top of.
    pub(crate) stack_id: u64,
    /// The stacks that the frame stands for, where a deep stack was summed up.
    stands_for: Option<&'a [u64]>,
    /// Tells which scope opened the frame, also after the stack under it was built anew.
    pub(crate) frame_id: u64,
}

impl<'a> Placed<'a> {
    fn of(node: &'a Node) -> Self {
        Self {
            frame: &node.frame,
            stack_id: node.stack_id(),
            stands_for: node.stands_for(),
            frame_id: node.frame_id(),
        }
    }

    /// Whether the frame is the top of the stack with that [number](Node::origin), or stands for the
    /// stack.
    pub(crate) fn is_top_of(&self, stack: u64) -> bool {
        self.stack_id == stack
            || self
                .stands_for
                .is_some_and(|stacks| stacks.contains(&stack))
    }
}

/// The frames of a place, innermost first: those that the thread has alone, then those of the
/// stack that they stand on.
#[derive(Clone, Default)]
pub(crate) struct Frames<'a> {
    own: Option<&'a StackEntry>,
    shared: Option<&'a Node>,
    view: View,
}

impl<'a> Frames<'a> {
    #[inline]
    pub(crate) fn from_top(top: Option<&'a StackEntry>, view: View) -> Self {
        Self {
            own: top,
            shared: None,
            view,
        }
    }

    /// The frames, with their numbers.
    pub(crate) fn placed(mut self) -> impl Iterator<Item = Placed<'a>> {
        std::iter::from_fn(move || self.next_placed())
    }

    fn next_placed(&mut self) -> Option<Placed<'a>> {
        while let Some(entry) = self.own {
            self.own = entry.outer.as_deref();
            if let View::OfTask(task) = self.view {
                if entry.is_hidden_from(task) {
                    continue;
                }
                // The parents of the node are frames of the entries outside, of which some are hidden.
                let own = match &entry.kind {
                    EntryKind::Own(frame) => Some(frame),
                    what => what.own_node().map(|node| &node.frame),
                };
                if let Some(frame) = own {
                    return Some(Placed {
                        frame,
                        stack_id: entry.serial_seen_by(task),
                        stands_for: None,
                        frame_id: entry.id,
                    });
                }
            }
            match &entry.kind {
                EntryKind::Nothing => {}
                EntryKind::Own(frame) => {
                    return Some(Placed {
                        frame,
                        stack_id: entry.stack_id,
                        stands_for: None,
                        frame_id: entry.id,
                    });
                }
                // Its parents are what is outside.
                shared => {
                    self.own = None;
                    self.shared = shared.stack().flatten().map(|node| &**node);
                }
            }
        }
        let node = self.shared?;
        self.shared = node.parent.as_deref();
        Some(Placed::of(node))
    }
}

impl Frames<'_> {
    /// Whether a frame but the global layer names a user or a session, or may come to name one:
    /// entering a stack without such a frame changes nothing.
    pub(crate) fn identify_at_first(mut self) -> bool {
        let counts = |recorded: &Arc<SpanIdentity>| !recorded.names_late();
        self.any(|frame| frame.identifies() && frame.as_recorded().is_none_or(counts))
    }

    /// Calls `f` with the global layer of this place: the process's, or the one of a test.
    #[inline(always)]
    pub(crate) fn with_global<R>(mut self, f: impl FnOnce(&GlobalLayer) -> R) -> R {
        let test_override = || {
            self.find_map(|frame| match frame {
                Frame::Global(layer) => Some(layer),
                _ => None,
            })
        };
        let layer = GlobalLayer::is_any_overridden()
            .then(test_override)
            .flatten();
        f(layer.map_or(GlobalLayer::process(), |layer| layer))
    }

    /// The observers of the isolated scopes, each once.
    #[inline]
    pub(crate) fn observers(self) -> Vec<RecordObserver> {
        match RecordObserver::is_any() {
            true => self.find_observers(),
            false => Vec::new(),
        }
    }

    #[cold]
    fn find_observers(self) -> Vec<RecordObserver> {
        let mut observers: Vec<RecordObserver> = Vec::new();
        for frame in self {
            if let Frame::Isolated(isolated) = frame {
                let new = isolated
                    .observer
                    .as_ref()
                    .filter(|new| !observers.iter().any(|known| known.is_same(new)));
                observers.extend(new.cloned());
            }
        }
        observers
    }
}

/// The frames from that node outwards.
impl<'a> From<&'a Node> for Frames<'a> {
    fn from(node: &'a Node) -> Self {
        Self {
            own: None,
            shared: Some(node),
            view: View::Whole,
        }
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = &'a Frame;

    fn next(&mut self) -> Option<&'a Frame> {
        self.next_placed().map(|placed| placed.frame)
    }
}

/// The frames of a stack that is nowhere current.
pub(crate) fn frames(stack: &Stack) -> Frames<'_> {
    Frames {
        own: None,
        shared: stack.as_deref(),
        view: View::Whole,
    }
}
