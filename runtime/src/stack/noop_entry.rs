//! Span entries that change nothing.

use crate::stack::ids::SpanKey;

/// An open span, told from every other of the process.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct KnownSpan {
    pub(crate) key: SpanKey,
    /// How many spans were closed, of those among which is every earlier one with that id: a
    /// registry gives ids again, and the thread that knew the earlier one is told of nothing.
    pub(crate) generation: u64,
}

/// A span, and a place where entering it changes nothing, which most entries do not.
#[derive(Clone, Copy)]
pub(crate) struct NoopEntry {
    pub(crate) span: KnownSpan,
    pub(crate) stack_id: u64,
}

/// How many are remembered.
pub(crate) const REMEMBERED: usize = 8;

impl NoopEntry {
    pub(crate) const fn nothing() -> Self {
        Self {
            // No span has that id.
            span: KnownSpan {
                key: (0, 0),
                generation: 0,
            },
            stack_id: 0,
        }
    }
}
