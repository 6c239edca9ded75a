//! What a link makes current.

use std::sync::Arc;

use super::node::Node;
use super::SpanKey;
use crate::frame::Frame;

/// What is current inside a link.
pub(super) enum What {
    /// What is outside.
    Nothing,
    /// A frame on top of what is outside, which nobody else holds yet.
    Own(Frame),
    /// The same as a node that others hold, and whose parents are what is outside.
    Shared(Arc<Node>),
    /// A stack in place of what is outside.
    Stack(Arc<Node>),
    /// As that, the stack of a span.
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
    /// The node that what is current is the same as.
    #[inline]
    pub(super) fn node(&self) -> Option<&Arc<Node>> {
        match self {
            Self::Shared(node) | Self::Stack(node) => Some(node),
            Self::Span(span) => Some(&span.node),
            Self::Nothing | Self::Own(_) => None,
        }
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
