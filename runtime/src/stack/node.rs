//! Stacks that several can hold: of spans, of tasks, of what was captured.

use std::fmt;
use std::sync::Arc;

use crate::frame::Frame;
use crate::stack::ids::{new_id, stack_id_on, EMPTY};

/// A stack of shared frames, innermost first; immutable but for what its mutable frames hold.
pub(crate) type Stack = Option<Arc<Node>>;

/// One frame on a stack that several can hold, linked to the frames outside it.
pub(crate) struct Node {
    pub(crate) parent: Stack,
    pub(crate) frame: Frame,
    stack_id: u64,
    frame_id: u64,
    /// The stacks that this node stands for, innermost first, where a deep stack was summed up.
    stands_for: Option<Box<[u64]>>,
    pub(crate) depth: u32,
    /// Whether a frame here or outside is what is recorded on a span.
    has_recorded: bool,
    /// Whether a frame here or outside, but for those, names somebody, now or later.
    identifies: bool,
}

impl Node {
    /// A frame that nobody opened, on top of a stack.
    pub(crate) fn new(frame: Frame, parent: Stack) -> Arc<Self> {
        let token = new_id();
        Self::known(frame, parent, stack_id_on(EMPTY, token), token)
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
            identifies: !is_recorded && frame.identifies()
                || outer.is_some_and(|outer| outer.identifies),
            parent,
            frame,
            stack_id: serial,
            frame_id: token,
            stands_for: None,
            depth,
        })
    }

    /// A frame in place of nodes of a deep stack, innermost first.
    pub(crate) fn instead_of(nodes: &[&Arc<Self>], frame: Frame, parent: Stack) -> Arc<Self> {
        /// How many stacks are remembered: a worker that respawns itself for ever stays flat.
        const REMEMBERED: usize = 256;
        let token = match nodes {
            [only] => only.frame_id,
            _ => new_id(),
        };
        let mut node = Self::known(frame, parent, stack_id_on(EMPTY, new_id()), token);
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
            None => std::slice::from_ref(&self.stack_id),
        }
    }

    /// The number of the stack as it was before it was summed up.
    pub(crate) fn origin(&self) -> u64 {
        self.stacks().first().copied().unwrap_or(self.stack_id)
    }

    /// Whether a frame here or outside is what is recorded on a span.
    pub(crate) fn has_recorded(&self) -> bool {
        self.has_recorded
    }

    /// Whether the stack names somebody, so that entering it changes anything.
    pub(crate) fn identifies(&self) -> bool {
        self.identifies || (self.has_recorded && self.around().any(|node| node.frame.identifies()))
    }

    /// The same frame on another stack.
    pub(crate) fn reparented(&self, parent: Stack) -> Arc<Self> {
        let number = stack_id_on(EMPTY, new_id());
        Self::known(self.frame.clone(), parent, number, self.frame_id)
    }

    /// Tells this stack from every other in the process; an address would come again.
    pub(crate) fn stack_id(&self) -> u64 {
        self.stack_id
    }

    /// This node and those outside it.
    fn around(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |node| node.parent.as_deref())
    }

    /// The stacks that this node stands for, where a deep stack was flattened.
    pub(crate) fn stands_for(&self) -> Option<&[u64]> {
        self.stands_for.as_deref()
    }

    /// The number of the frame.
    pub(crate) fn frame_id(&self) -> u64 {
        self.frame_id
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
