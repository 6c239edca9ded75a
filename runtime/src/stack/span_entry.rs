use std::panic::Location;

/// What entering a span does whose stack is another one than the current.
pub(crate) struct SpanEntry {
    /// Whether the current stack stays.
    pub(crate) gives_way: bool,
    pub(crate) conflict: Option<Conflict>,
}

/// Two requests that meet and are not of the same user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conflict {
    /// Where each of the two was identified, or opened.
    pub(crate) span: &'static Location<'static>,
    pub(crate) current: &'static Location<'static>,
    /// Whether the span wins.
    pub(crate) is_spans: bool,
    /// Whether both run and name different users.
    pub(crate) is_certain: bool,
}

impl SpanEntry {
    pub(crate) const REPLACES: Self = Self {
        gives_way: false,
        conflict: None,
    };
}
