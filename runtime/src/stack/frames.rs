//! Reads the frames of a stack, innermost first.

use std::sync::Arc;

use crate::frame::{Frame, GlobalLayer, RecordObserver, SpanIdentity};
use crate::stack::entry::StackEntry;
use crate::stack::entry_kind::EntryKind;
use crate::stack::node::{Node, Stack};
use crate::stack::owner::{Task, View};

/// A frame with its ids.
#[derive(Clone, Copy)]
pub(crate) struct FrameWithIds<'a> {
    pub(crate) frame: &'a Frame,
    /// The id of the stack whose innermost frame this is.
    pub(crate) stack_id: u64,
    /// The stack ids that a frame of a flattened stack replaces.
    replaced_stack_ids: Option<&'a [u64]>,
    /// Identifies the scope that opened the frame. The frame id stays the same when the stack outside
    /// changes.
    pub(crate) frame_id: u64,
}

impl<'a> FrameWithIds<'a> {
    fn of(node: &'a Node) -> Self {
        Self {
            frame: &node.frame,
            stack_id: node.stack_id(),
            replaced_stack_ids: node.replaced_stack_ids(),
            frame_id: node.frame_id(),
        }
    }

    /// Whether the frame is the innermost frame of the stack with this
    /// [id](Node::original_stack_id), or replaces that frame in a flattened stack.
    pub(crate) fn is_top_of(&self, stack_id: u64) -> bool {
        self.stack_id == stack_id
            || self
                .replaced_stack_ids
                .is_some_and(|ids| ids.contains(&stack_id))
    }
}

/// The frames of a stack, innermost first: the frames of the entries, then the frames of the nodes.
#[derive(Clone, Default)]
pub(crate) struct Frames<'a> {
    next_entry: Option<&'a StackEntry>,
    next_node: Option<&'a Node>,
    view: View,
}

impl<'a> Frames<'a> {
    #[inline]
    pub(crate) fn from_top(top: Option<&'a StackEntry>, view: View) -> Self {
        Self {
            next_entry: top,
            next_node: None,
            view,
        }
    }

    /// The frames with their ids.
    pub(crate) fn with_ids(mut self) -> impl Iterator<Item = FrameWithIds<'a>> {
        std::iter::from_fn(move || self.next_with_ids())
    }

    #[inline]
    fn next_with_ids(&mut self) -> Option<FrameWithIds<'a>> {
        self.next_place().map(|place| match place {
            Place::Entry(frame, entry) => FrameWithIds {
                frame,
                stack_id: match self.view {
                    View::Whole => entry.stack_id,
                    View::OfTask(task) => entry.stack_id_seen_by(task),
                },
                replaced_stack_ids: None,
                frame_id: entry.id,
            },
            Place::Node(node) => FrameWithIds::of(node),
        })
    }

    /// Inlined, so that a loop keeps the position in registers: a call would store the position as words
    /// and copy it in pairs, which causes a store-forwarding stall.
    #[inline(always)]
    fn next_place(&mut self) -> Option<Place<'a>> {
        while let Some(entry) = self.next_entry {
            self.next_entry = entry.outer.as_deref();
            if let View::OfTask(task) = self.view {
                match frame_seen_by(task, entry) {
                    SeenFrame::Hidden => continue,
                    SeenFrame::Own(frame) => return Some(Place::Entry(frame, entry)),
                    SeenFrame::Other => {}
                }
            }
            match &entry.kind {
                EntryKind::Nothing => {}
                EntryKind::Own(frame) => return Some(Place::Entry(frame, entry)),
                // The parents of the node are the frames outside, so the entries outside are not read.
                shared => {
                    self.next_entry = None;
                    self.next_node = shared.stack().flatten().map(|node| &**node);
                }
            }
        }
        let node = self.next_node?;
        self.next_node = node.parent.as_deref();
        Some(Place::Node(node))
    }
}

/// The frame of an entry, as a task sees the entry.
enum SeenFrame<'a> {
    /// The entry belongs to another task.
    Hidden,
    /// A frame on the stack outside.
    Own(&'a Frame),
    /// No frame, or another stack.
    Other,
}

/// The parents of a node can be frames of hidden entries, so only the frame of the node is read.
#[cold]
fn frame_seen_by(task: Option<Task>, entry: &StackEntry) -> SeenFrame<'_> {
    if entry.is_hidden_from(task) {
        return SeenFrame::Hidden;
    }
    match &entry.kind {
        EntryKind::Own(frame) => SeenFrame::Own(frame),
        kind => match kind.own_node() {
            Some(node) => SeenFrame::Own(&node.frame),
            None => SeenFrame::Other,
        },
    }
}

/// Where a frame is.
enum Place<'a> {
    /// In an entry of the thread.
    Entry(&'a Frame, &'a StackEntry),
    /// In a shared node.
    Node(&'a Node),
}

impl Frames<'_> {
    /// Whether a frame other than a global layer identifies. Frames of spans that had no identity at
    /// their creation do not count.
    pub(crate) fn identifies_at_creation(mut self) -> bool {
        let is_identified_early =
            |span_identity: &Arc<SpanIdentity>| !span_identity.is_identified_late();
        self.any(|frame| {
            frame.identifies() && frame.as_span_identity().is_none_or(is_identified_early)
        })
    }

    /// Calls `f` with the global layer that holds for these frames: of a test, or of the process.
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

    /// The observers of the isolated scopes, without duplicates.
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

/// The frames from the node outwards.
impl<'a> From<&'a Node> for Frames<'a> {
    fn from(node: &'a Node) -> Self {
        Self {
            next_entry: None,
            next_node: Some(node),
            view: View::Whole,
        }
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = &'a Frame;

    #[inline(always)]
    fn next(&mut self) -> Option<&'a Frame> {
        self.next_place().map(|place| match place {
            Place::Entry(frame, _) => frame,
            Place::Node(node) => &node.frame,
        })
    }
}

/// The frames of a shared stack.
pub(crate) fn frames(stack: &Stack) -> Frames<'_> {
    Frames {
        next_entry: None,
        next_node: stack.as_deref(),
        view: View::Whole,
    }
}
