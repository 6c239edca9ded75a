//! Shared stacks: of spans, tasks and captured scopes.

use std::fmt;
use std::sync::Arc;

use crate::frame::Frame;
use crate::stack::ids::{new_id, stack_id_on, EMPTY};

/// A shared stack, as its innermost node. `None` is the empty stack. The list never changes; mutable
/// frames change their content.
pub(crate) type Stack = Option<Arc<Node>>;

/// One frame of a shared stack, with a link to the frames outside.
pub(crate) struct Node {
    pub(crate) parent: Stack,
    pub(crate) frame: Frame,
    stack_id: u64,
    frame_id: u64,
    /// The stack ids that the node of a flattened stack replaces, innermost first.
    replaced_stack_ids: Option<Box<[u64]>>,
    pub(crate) depth: u32,
    /// Whether this frame or a frame outside is the frame of a span.
    has_span_frame: bool,
    /// Whether this frame or a frame outside identifies. Frames of spans do not count, because their
    /// content changes.
    identifies: bool,
}

impl Node {
    /// A frame with new ids on `parent`.
    pub(crate) fn new(frame: Frame, parent: Stack) -> Arc<Self> {
        let frame_id = new_id();
        Self::with_ids(frame, parent, stack_id_on(EMPTY, frame_id), frame_id)
    }

    /// A frame with the given ids on `parent`.
    #[inline]
    pub(crate) fn with_ids(frame: Frame, parent: Stack, stack_id: u64, frame_id: u64) -> Arc<Self> {
        let depth = parent
            .as_ref()
            .map_or(1, |parent| parent.depth.saturating_add(1));
        let outer = parent.as_deref();
        let is_span_frame = frame.as_span_identity().is_some();
        Arc::new(Self {
            has_span_frame: is_span_frame || outer.is_some_and(|outer| outer.has_span_frame),
            identifies: !is_span_frame && frame.identifies()
                || outer.is_some_and(|outer| outer.identifies),
            parent,
            frame,
            stack_id,
            frame_id,
            replaced_stack_ids: None,
            depth,
        })
    }

    /// A frame on `parent` that replaces `nodes`, which are innermost first, in a flattened stack.
    pub(crate) fn replacing(nodes: &[&Arc<Self>], frame: Frame, parent: Stack) -> Arc<Self> {
        /// How many stack ids a node keeps. The limit bounds the memory of a worker that respawns itself
        /// for ever.
        const REMEMBERED: usize = 256;
        let frame_id = match nodes {
            [only] => only.frame_id,
            _ => new_id(),
        };
        let mut node = Self::with_ids(frame, parent, stack_id_on(EMPTY, new_id()), frame_id);
        let stack_ids = nodes.iter().flat_map(|node| node.stack_ids());
        let stack_ids: Box<[u64]> = stack_ids.take(REMEMBERED).copied().collect();
        if let Some(node) = Arc::get_mut(&mut node) {
            node.replaced_stack_ids = (!stack_ids.is_empty()).then_some(stack_ids);
        }
        node
    }

    /// The ids of the stacks that the node is the innermost node of, or replaces, innermost first.
    fn stack_ids(&self) -> &[u64] {
        match &self.replaced_stack_ids {
            Some(stack_ids) => stack_ids,
            None => std::slice::from_ref(&self.stack_id),
        }
    }

    /// The stack id before the stack was flattened.
    pub(crate) fn original_stack_id(&self) -> u64 {
        self.stack_ids().first().copied().unwrap_or(self.stack_id)
    }

    /// Whether this frame or a frame outside is the frame of a span.
    pub(crate) fn has_span_frame(&self) -> bool {
        self.has_span_frame
    }

    /// Whether a frame of the stack identifies. Entering a stack without such a frame changes nothing.
    pub(crate) fn identifies(&self) -> bool {
        self.identifies
            || (self.has_span_frame && self.self_and_outer().any(|node| node.frame.identifies()))
    }

    /// The same frame, with the same frame id, on `parent`.
    pub(crate) fn reparented(&self, parent: Stack) -> Arc<Self> {
        let stack_id = stack_id_on(EMPTY, new_id());
        Self::with_ids(self.frame.clone(), parent, stack_id, self.frame_id)
    }

    /// The id of the stack whose innermost node this is.
    pub(crate) fn stack_id(&self) -> u64 {
        self.stack_id
    }

    /// This node and the nodes outside.
    fn self_and_outer(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |node| node.parent.as_deref())
    }

    /// The stack ids that the node of a flattened stack replaces.
    pub(crate) fn replaced_stack_ids(&self) -> Option<&[u64]> {
        self.replaced_stack_ids.as_deref()
    }

    /// The frame id, which stays the same on every stack.
    pub(crate) fn frame_id(&self) -> u64 {
        self.frame_id
    }

    /// The frame: moved out of the node if this is the last reference, or else cloned.
    pub(crate) fn into_frame(self: Arc<Self>) -> Frame {
        match Arc::try_unwrap(self) {
            Ok(mut node) => std::mem::replace(&mut node.frame, Frame::empty_user()),
            Err(node) => node.frame.clone(),
        }
    }
}

/// Shows the depth alone: a frame can hold personal data.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

/// Drops a long list in a loop: recursive drops would overflow the call stack.
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
