//! Remembers span entries that change nothing, because most span entries do not.

use crate::stack::ids::SpanKey;

/// Identifies an open span in the process.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct KnownSpan {
    pub(crate) key: SpanKey,
    /// How many spans were closed in the part of the span table that holds the id. A registry reuses
    /// ids, and a thread that remembers a span is not notified when the span closes: the generation
    /// tells the old span from the new one.
    pub(crate) generation: u64,
}

/// A span, and the id of a stack that entering the span does not change.
#[derive(Clone, Copy)]
pub(crate) struct NoopEntry {
    pub(crate) span: KnownSpan,
    pub(crate) stack_id: u64,
}

/// How many noop entries a thread remembers.
pub(crate) const REMEMBERED: usize = 8;

impl NoopEntry {
    pub(crate) const fn none() -> Self {
        Self {
            // No span has the id 0.
            span: KnownSpan {
                key: (0, 0),
                generation: 0,
            },
            stack_id: 0,
        }
    }
}
