use std::fmt;
use std::panic::Location;

use tracing::Metadata;

/// A place in the source code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallSite {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

impl From<&'static Location<'static>> for CallSite {
    fn from(location: &'static Location<'static>) -> Self {
        Self {
            file: location.file(),
            line: location.line(),
        }
    }
}

impl fmt::Display for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Where a user or a session was set. A pointer, so that every frame can keep one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum SetAt {
    #[default]
    Unknown,
    Call(&'static Location<'static>),
    /// By a field of the span.
    Span(&'static Metadata<'static>),
}

impl SetAt {
    pub(crate) fn call_site(self) -> Option<CallSite> {
        match self {
            Self::Unknown => None,
            Self::Call(location) => Some(location.into()),
            Self::Span(metadata) => Some(CallSite {
                file: metadata.file()?,
                line: metadata.line()?,
            }),
        }
    }

    pub(crate) fn location(self) -> Option<&'static Location<'static>> {
        match self {
            Self::Call(location) => Some(location),
            Self::Unknown | Self::Span(_) => None,
        }
    }
}
