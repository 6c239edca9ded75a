//! The attributes that are tried.

use super::annotate::Function;

/// What is inserted above the functions of a crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing: tells a crate that does not compile on its own apart.
    Plain,
    WithUser,
    Trace,
    /// On the functions alone that return a `Result`.
    TraceErr,
}

impl Mode {
    pub(crate) const ALL: [Self; 4] = [Self::Plain, Self::WithUser, Self::Trace, Self::TraceErr];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::WithUser => "with_user",
            Self::Trace => "trace",
            Self::TraceErr => "trace(err)",
        }
    }

    pub(crate) fn attribute(self) -> Option<&'static str> {
        // The leading colons: a module of the crate may be called `whose` as well.
        match self {
            Self::Plain => None,
            Self::WithUser => Some("#[::whose::with_user(\"foreign\")]"),
            Self::Trace => Some("#[::whose::trace]"),
            Self::TraceErr => Some("#[::whose::trace(err)]"),
        }
    }

    pub(crate) fn takes(self, function: &Function) -> bool {
        match self {
            Self::Plain => false,
            Self::WithUser | Self::Trace => true,
            Self::TraceErr => function.returns_result,
        }
    }
}
