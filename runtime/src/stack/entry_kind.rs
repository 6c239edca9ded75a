//! What an entry makes current: see the table in [`stack`](crate::stack).

use std::mem::replace;
use std::sync::Arc;

use crate::frame::{Frame, IsolatedFrame, ScopeData};
use crate::stack::ids::SpanKey;
use crate::stack::node::{Node, Stack};

/// The stack that is current inside an entry.
pub(crate) enum EntryKind {
    /// The stack outside.
    Nothing,
    /// A frame on the stack outside. Only the entry holds the frame.
    Own(Frame),
    /// A frame on the stack outside, as a shared node. The parent of the node is the stack outside.
    Shared(Arc<Node>),
    /// As `Shared`, for an isolated scope. The entry keeps the scope open; the node does not.
    SharedIsolated(Arc<Node>, IsolatedFrame),
    /// A captured stack instead of the stack outside. `None` is the empty stack.
    Stack(Stack),
    /// The stack of a span instead of the stack outside.
    Span(EnteredSpan),
}

/// An entered span whose stack is current.
pub(crate) struct EnteredSpan {
    pub(crate) node: Arc<Node>,
    pub(crate) key: SpanKey,
    /// How often the span was entered again without effect.
    pub(crate) reentered: u32,
}

impl EntryKind {
    /// The whole stack inside the entry, if the stack exists as shared nodes.
    #[inline]
    pub(crate) fn stack(&self) -> Option<Option<&Arc<Node>>> {
        match self {
            Self::Shared(node) | Self::SharedIsolated(node, _) => Some(Some(node)),
            Self::Stack(stack) => Some(stack.as_ref()),
            Self::Span(span) => Some(Some(&span.node)),
            Self::Nothing | Self::Own(_) => None,
        }
    }

    /// The node of the frame of the entry, if the frame is shared.
    #[inline]
    pub(crate) fn own_node(&self) -> Option<&Arc<Node>> {
        match self {
            Self::Shared(node) | Self::SharedIsolated(node, _) => Some(node),
            Self::Nothing | Self::Own(_) | Self::Stack(_) | Self::Span(_) => None,
        }
    }

    /// Whether the entry replaces the stack outside.
    pub(crate) fn replaces(&self) -> bool {
        matches!(self, Self::Stack(_) | Self::Span(_))
    }

    /// Drops the frame and the stack.
    #[inline(never)]
    pub(crate) fn empty(&mut self) {
        if let Self::Own(Frame::Fixed(data)) = replace(self, Self::Nothing) {
            ScopeData::recycle(data);
        }
    }
}
