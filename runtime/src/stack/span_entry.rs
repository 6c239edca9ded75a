//! What `resolve` decides about entering a span.

use std::panic::Location;

/// The effect of entering a span whose stack is not the current stack.
pub(crate) struct SpanEntry {
    /// Whether the current stack stays, and the span changes nothing.
    pub(crate) gives_way: bool,
    pub(crate) conflict: Option<Conflict>,
}

/// The request of a span and the current request, where they can belong to different users.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conflict {
    /// Where the request of the span was identified, or else opened.
    pub(crate) span: &'static Location<'static>,
    /// As `span`, of the current request.
    pub(crate) current: &'static Location<'static>,
    /// Whether the stack of the span becomes current.
    pub(crate) is_spans: bool,
    /// Whether both requests run and have different users.
    pub(crate) is_certain: bool,
}

impl SpanEntry {
    pub(crate) const REPLACES: Self = Self {
        gives_way: false,
        conflict: None,
    };
}
