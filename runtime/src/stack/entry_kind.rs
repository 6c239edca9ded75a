//! What an entry makes current.

use std::sync::Arc;

use crate::frame::{Frame, IsolatedFrame};
use crate::stack::ids::SpanKey;
use crate::stack::node::{Node, Stack};

/// What is current inside an entry.
pub(crate) enum EntryKind {
    /// What is outside.
    Nothing,
    /// A frame on top of what is outside, which nobody else holds yet.
    Own(Frame),
    /// The same as a node that others hold, and whose parents are what is outside.
    Shared(Arc<Node>),
    /// As `Shared`, of an isolated scope, which the entry keeps open and the node does not.
    SharedIsolated(Arc<Node>, IsolatedFrame),
    /// A stack in place of what is outside; `None` is the empty one.
    Stack(Stack),
    /// As `Stack`, the stack of a span.
    Span(EnteredSpan),
}

/// A span that was entered, which made its stack current.
pub(crate) struct EnteredSpan {
    pub(crate) node: Arc<Node>,
    pub(crate) key: SpanKey,
    /// How often it was entered again without effect.
    pub(crate) reentered: u32,
}

impl EntryKind {
    /// The whole stack inside the entry, where it exists as shared nodes.
    #[inline]
    pub(crate) fn stack(&self) -> Option<Option<&Arc<Node>>> {
        match self {
            Self::Shared(node) | Self::SharedIsolated(node, _) => Some(Some(node)),
            Self::Stack(stack) => Some(stack.as_ref()),
            Self::Span(span) => Some(Some(&span.node)),
            Self::Nothing | Self::Own(_) => None,
        }
    }

    /// The node of the entry's own frame, where there is one.
    #[inline]
    pub(crate) fn own_node(&self) -> Option<&Arc<Node>> {
        match self {
            Self::Shared(node) | Self::SharedIsolated(node, _) => Some(node),
            Self::Nothing | Self::Own(_) | Self::Stack(_) | Self::Span(_) => None,
        }
    }

    /// Whether a stack is in place of what is outside.
    pub(crate) fn replaces(&self) -> bool {
        matches!(self, Self::Stack(_) | Self::Span(_))
    }

    /// Whether there is nothing to drop.
    #[inline]
    pub(crate) fn is_in_place(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Own(Frame::User(user)) => user.is_in_place(),
            _ => false,
        }
    }
}
