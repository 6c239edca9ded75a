//! Which layer an answer came from.

/// Where a user or a session came from: the layers, from weakest to strongest, and [`Late`](Self::Late).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Named by another process that the application trusts.
    Remote,
    /// The layer of the whole process.
    Global,
    /// An isolated scope: one request, message or job.
    Isolation,
    /// A fixed scope: a guard, a block, an attribute on a function around this place.
    Scope,
    /// Said on the record itself.
    Explicit,
    /// Known after the record: its isolated scope was given the user later, which a
    /// [link](crate::RecordType::Link) tells. No record has this source itself; a store gives it to
    /// the records that a link belongs to.
    Late,
}

impl Source {
    /// The name on the wire (`whose.source`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Remote => "remote",
            Self::Global => "global",
            Self::Isolation => "isolation",
            Self::Scope => "scope",
            Self::Explicit => "explicit",
            Self::Late => "late",
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
