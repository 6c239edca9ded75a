//! The kind of frame that set a user or a session.

/// The kind of frame that set a user or a session, from weakest to strongest, and
/// [`Late`](Self::Late).
///
/// ```
/// use whose::Source;
///
/// whose::user("alice").in_scope(|| {
///     assert_eq!(whose::current().user_source(), Some(Source::Scope));
/// });
/// assert!(Source::Global < Source::Scope);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Another process sent the identity, and the application trusts that process: see
    /// [`Scope::remote`](crate::Scope::remote).
    Remote,
    /// The values of the whole process: see [`global`](crate::global).
    Global,
    /// An isolated scope: one request, message or job.
    Isolation,
    /// A fixed scope: a guard, a block, or an attribute on a function.
    Scope,
    /// The record itself.
    Explicit,
    /// A store found the user after the record was made.
    ///
    /// The isolated scope of the record was given a user later, which a
    /// [link](crate::RecordType::Link) states. No record has this source when a sink receives the
    /// record; a store assigns the source to the records that a link belongs to.
    Late,
}

impl Source {
    /// The name of the source in a record (`whose.source`).
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

    /// The source with that name, apart from [`Late`](Self::Late), which no record has itself.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let sources = [
            Self::Remote,
            Self::Global,
            Self::Isolation,
            Self::Scope,
            Self::Explicit,
        ];
        sources.into_iter().find(|source| source.as_str() == name)
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
