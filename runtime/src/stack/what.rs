//! What a link makes current.

use std::sync::Arc;

use super::local::SpanKey;
use super::node::{Node, Stack};
use crate::frame::{Frame, IsolatedFrame};

/// What is current inside a link.
pub(super) enum What {
    /// What is outside.
    Nothing,
    /// A frame on top of what is outside, which nobody else holds yet.
    Own(Frame),
    /// The same as a node that others hold, and whose parents are what is outside.
    Shared(Arc<Node>),
    /// As `Shared`, of an isolated scope, which the link keeps open and the node does not.
    SharedIsolated(Arc<Node>, IsolatedFrame),
    /// A stack in place of what is outside; `None` is the empty one.
    Stack(Stack),
    /// As `Stack`, the stack of a span.
    Span(EnteredSpan),
}

/// A span that was entered, which made its stack current.
pub(super) struct EnteredSpan {
    pub(super) node: Arc<Node>,
    pub(super) key: SpanKey,
    /// How often it was entered again without effect.
    pub(super) reentered: u32,
}

impl What {
    /// The whole stack inside the link, where it exists as shared nodes.
    #[inline]
    pub(super) fn stack(&self) -> Option<Option<&Arc<Node>>> {
        match self {
            Self::Shared(node) | Self::SharedIsolated(node, _) => Some(Some(node)),
            Self::Stack(stack) => Some(stack.as_ref()),
            Self::Span(span) => Some(Some(&span.node)),
            Self::Nothing | Self::Own(_) => None,
        }
    }

    /// The node of the link's own frame, where there is one.
    #[inline]
    pub(super) fn own_node(&self) -> Option<&Arc<Node>> {
        match self {
            Self::Shared(node) | Self::SharedIsolated(node, _) => Some(node),
            Self::Nothing | Self::Own(_) | Self::Stack(_) | Self::Span(_) => None,
        }
    }

    /// Whether a stack is in place of what is outside.
    pub(super) fn replaces(&self) -> bool {
        matches!(self, Self::Stack(_) | Self::Span(_))
    }

    /// Whether there is nothing to drop.
    #[inline]
    pub(super) fn is_in_place(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Own(Frame::User(user)) => user.is_in_place(),
            _ => false,
        }
    }
}
