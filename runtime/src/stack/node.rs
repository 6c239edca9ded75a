//! Stacks that several can hold: of spans, of tasks, of what was captured.

use std::fmt;
use std::sync::Arc;

use crate::frame::Frame;
use crate::resolve;
use crate::stack::entry::{number_on, Link, EMPTY};
use crate::stack::entry_kind::What;
use crate::stack::owner::View;
use crate::stack::thread_state::serial;

/// A stack of shared frames, innermost first; immutable but for what its mutable frames hold.
pub(crate) type Stack = Option<Arc<Node>>;

/// One frame on a stack that several can hold, linked to the frames outside it.
pub(crate) struct Node {
    pub(crate) parent: Stack,
    pub(crate) frame: Frame,
    serial: u64,
    token: u64,
    /// The stacks that this node stands for, innermost first, where a deep stack was summed up.
    stands_for: Option<Box<[u64]>>,
    pub(crate) depth: u32,
    /// Whether a frame here or outside is what is recorded on a span.
    has_recorded: bool,
    /// Whether a frame here or outside, but for those, names somebody, now or later.
    carries: bool,
}

impl Node {
    /// A frame that nobody opened, on top of a stack.
    pub(crate) fn new(frame: Frame, parent: Stack) -> Arc<Self> {
        let token = serial();
        Self::known(frame, parent, number_on(EMPTY, token), token)
    }

    /// A frame with the numbers that it is known by.
    #[inline]
    pub(crate) fn known(frame: Frame, parent: Stack, serial: u64, token: u64) -> Arc<Self> {
        let depth = parent
            .as_ref()
            .map_or(1, |parent| parent.depth.saturating_add(1));
        let outer = parent.as_deref();
        let is_recorded = frame.as_recorded().is_some();
        Arc::new(Self {
            has_recorded: is_recorded || outer.is_some_and(|outer| outer.has_recorded),
            carries: !is_recorded && resolve::names(&frame)
                || outer.is_some_and(|outer| outer.carries),
            parent,
            frame,
            serial,
            token,
            stands_for: None,
            depth,
        })
    }

    /// A frame in place of nodes of a deep stack, innermost first.
    pub(crate) fn instead_of(nodes: &[&Arc<Self>], frame: Frame, parent: Stack) -> Arc<Self> {
        /// How many stacks are remembered: a worker that respawns itself for ever stays flat.
        const REMEMBERED: usize = 256;
        let token = match nodes {
            [only] => only.token,
            _ => serial(),
        };
        let mut node = Self::known(frame, parent, number_on(EMPTY, serial()), token);
        let stacks = nodes.iter().flat_map(|node| node.stacks());
        let stacks: Box<[u64]> = stacks.take(REMEMBERED).copied().collect();
        if let Some(node) = Arc::get_mut(&mut node) {
            node.stands_for = (!stacks.is_empty()).then_some(stacks);
        }
        node
    }

    /// The numbers of the stacks that the node is the top of, or stands for, innermost first.
    fn stacks(&self) -> &[u64] {
        match &self.stands_for {
            Some(stacks) => stacks,
            None => std::slice::from_ref(&self.serial),
        }
    }

    /// The number of the stack as it was before it was summed up.
    pub(crate) fn origin(&self) -> u64 {
        self.stacks().first().copied().unwrap_or(self.serial)
    }

    /// Whether a frame here or outside is what is recorded on a span.
    pub(crate) fn has_recorded(&self) -> bool {
        self.has_recorded
    }

    /// Whether the stack names somebody, so that entering it changes anything.
    pub(crate) fn carries(&self) -> bool {
        self.carries || (self.has_recorded && resolve::carries(Frames::from(self)))
    }

    /// The same frame on another stack.
    pub(crate) fn onto(&self, parent: Stack) -> Arc<Self> {
        let number = number_on(EMPTY, serial());
        Self::known(self.frame.clone(), parent, number, self.token)
    }

    /// Tells this stack from every other in the process; an address would come again.
    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    fn placed(&self) -> Placed<'_> {
        Placed {
            frame: &self.frame,
            serial: self.serial,
            stands_for: self.stands_for.as_deref(),
            token: self.token,
        }
    }

    /// The frame, taken out where nobody else holds the node.
    pub(crate) fn into_frame(self: Arc<Self>) -> Frame {
        match Arc::try_unwrap(self) {
            Ok(mut node) => std::mem::replace(&mut node.frame, Frame::nothing()),
            Err(node) => node.frame.clone(),
        }
    }
}

/// Shows nothing of whom it names, and nothing of what is outside it.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

/// Long chains are taken apart one by one, since recursion would overflow the thread's stack.
impl Drop for Node {
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut node) = next.and_then(Arc::into_inner) {
            next = node.parent.take();
        }
    }
}

/// The nodes of a stack, innermost first.
pub(crate) fn nodes(stack: &Stack) -> impl Iterator<Item = &Arc<Node>> {
    std::iter::successors(stack.as_ref(), |node| node.parent.as_ref())
}

/// A frame, with the numbers that it is known by.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub(crate) frame: &'a Frame,
    /// Of the stack that the frame is the top of.
    pub(crate) serial: u64,
    /// The stacks that the frame stands for, where a deep stack was summed up.
    stands_for: Option<&'a [u64]>,
    /// Tells which scope opened the frame, also after the stack under it was built anew.
    pub(crate) token: u64,
}

impl Placed<'_> {
    /// Whether the frame is the top of the stack with that [number](Node::origin), or stands for the
    /// stack.
    pub(crate) fn is_top_of(&self, stack: u64) -> bool {
        self.serial == stack
            || self
                .stands_for
                .is_some_and(|stacks| stacks.contains(&stack))
    }
}

/// The frames of a place, innermost first: those that the thread has alone, then those of the
/// stack that they stand on.
#[derive(Clone, Default)]
pub(crate) struct Frames<'a> {
    own: Option<&'a Link>,
    shared: Option<&'a Node>,
    view: View,
}

impl<'a> Frames<'a> {
    #[inline]
    pub(crate) fn from_top(top: Option<&'a Link>, view: View) -> Self {
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
        while let Some(link) = self.own {
            self.own = link.outer.as_deref();
            if let View::OfTask(task) = self.view {
                if link.is_hidden_from(task) {
                    continue;
                }
                // The parents of the node are frames of the links outside, of which some are hidden.
                let own = match &link.what {
                    What::Own(frame) => Some(frame),
                    what => what.own_node().map(|node| &node.frame),
                };
                if let Some(frame) = own {
                    return Some(Placed {
                        frame,
                        serial: link.serial_seen_by(task),
                        stands_for: None,
                        token: link.id,
                    });
                }
            }
            match &link.what {
                What::Nothing => {}
                What::Own(frame) => {
                    return Some(Placed {
                        frame,
                        serial: link.serial,
                        stands_for: None,
                        token: link.id,
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
        Some(node.placed())
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
