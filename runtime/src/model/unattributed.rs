//! Why a place in the program has no user.

/// Why a record, or a place in the program, has no user.
///
/// ```
/// use whose::{Scope, UnattributedReason};
///
/// assert_eq!(whose::current().unattributed(), Some(UnattributedReason::NoScope));
/// Scope::isolated().in_scope(|| {
///     assert_eq!(whose::current().unattributed(), Some(UnattributedReason::Unset));
///     whose::set_user("alice");
///     assert_eq!(whose::current().unattributed(), None);
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UnattributedReason {
    /// Nothing at all was current: a task or a thread that was spawned without its scope, or code
    /// outside of every scope.
    #[default]
    NoScope,
    /// As [`NoScope`](Self::NoScope), and the layer of the whole process says something, but names
    /// nobody.
    GlobalOnly,
    /// Fixed scopes were current that name nobody, and no isolated one to write a user into.
    NoIsolatedScope,
    /// An isolated scope was current, and nobody was set in it, or around it, until then.
    Unset,
    /// Nobody, on purpose: a mask covers whoever is outside.
    Anonymous,
    /// There was a user, of whom a policy or a hook left nothing.
    Withheld,
}

impl UnattributedReason {
    /// Every reason there is.
    pub const ALL: [Self; 6] = [
        Self::NoScope,
        Self::GlobalOnly,
        Self::NoIsolatedScope,
        Self::Unset,
        Self::Anonymous,
        Self::Withheld,
    ];

    /// The name of the reason: `no_scope`, `global_only`, `no_isolated_scope`, `unset`, `anonymous`,
    /// `withheld`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoScope => "no_scope",
            Self::GlobalOnly => "global_only",
            Self::NoIsolatedScope => "no_isolated_scope",
            Self::Unset => "unset",
            Self::Anonymous => "anonymous",
            Self::Withheld => "withheld",
        }
    }

    /// What was the matter, and what to do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::NoScope => {
                "nothing was current: a task or a thread was spawned without its scope (take it \
                 along with `.with_current_scope()`, `whose::task::spawn` or \
                 `Scope::current()`), or the code is outside of every scope (open one)"
            }
            Self::GlobalOnly => {
                "nothing was current but the layer of the whole process, which names nobody: take \
                 the scope along (`.with_current_scope()`), open one, or name the user of the \
                 process with `whose::global()`"
            }
            Self::NoIsolatedScope => {
                "the scopes around it name nobody, and none of them is isolated: name the user on \
                 one of them (`.user(..)`), or open `Scope::isolated()` around the request"
            }
            Self::Unset => {
                "nobody was set in its isolated scope: call `whose::set_user(..)` before, or say \
                 with `whose::set_anonymous()` that there is nobody"
            }
            Self::Anonymous => "there is nobody, on purpose",
            Self::Withheld => "a policy or a hook took the user out, on purpose",
        }
    }

    /// Whether somebody was meant to be there.
    pub(crate) fn is_gap(self) -> bool {
        !matches!(self, Self::Anonymous | Self::Withheld)
    }
}

impl std::fmt::Display for UnattributedReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
