//! The reasons why a record has no user.

/// Why a record, or a point in the program, has no user.
///
/// [`advice`](Self::advice) explains each reason and how to fix it.
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
    /// No scope was current: a task or a thread was spawned without its scope, or the code runs
    /// outside every scope.
    #[default]
    NoScope,
    /// As [`NoScope`](Self::NoScope), and [`global`](crate::global) has values, but no user.
    GlobalOnly,
    /// Only fixed scopes were current. None of them has a user, and no isolated scope was there to
    /// write to.
    NoIsolatedScope,
    /// An isolated scope was current, but neither the scope nor a scope around it had a user yet.
    Unset,
    /// The current scope was explicitly anonymous: see [`anonymous`](crate::anonymous).
    Anonymous,
    /// A policy or a hook removed the user.
    Withheld,
    /// Another process sent the record, and named no user: see
    /// [`ReceivedRecord`](crate::ReceivedRecord).
    NotSent,
}

impl UnattributedReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::NoScope,
        Self::GlobalOnly,
        Self::NoIsolatedScope,
        Self::Unset,
        Self::Anonymous,
        Self::Withheld,
        Self::NotSent,
    ];

    /// The name of the reason in a record (`whose.unattributed`): `no_scope`, `global_only`,
    /// `no_isolated_scope`, `unset`, `anonymous`, `withheld`, `not_sent`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoScope => "no_scope",
            Self::GlobalOnly => "global_only",
            Self::NoIsolatedScope => "no_isolated_scope",
            Self::Unset => "unset",
            Self::Anonymous => "anonymous",
            Self::Withheld => "withheld",
            Self::NotSent => "not_sent",
        }
    }

    /// The reason with that name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// Explains the reason, and what to change in the program.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::NoScope => {
                "no scope was current: a task or a thread was spawned without its scope (carry \
                 the scope with `.with_current_scope()`, `whose::task::spawn` or \
                 `Scope::current()`), or the code runs outside every scope (open a scope)"
            }
            Self::GlobalOnly => {
                "no scope was current, and `whose::global()` has no user: carry the scope \
                 (`.with_current_scope()`), open a scope, or set the user of the process with \
                 `whose::global().set_user(..)`"
            }
            Self::NoIsolatedScope => {
                "the current scopes have no user, and none of them is isolated: set the user on \
                 one of them (`.user(..)`), or open `Scope::isolated()` around the request"
            }
            Self::Unset => {
                "the isolated scope had no user yet: call `whose::set_user(..)` earlier, or \
                 `whose::set_anonymous()` where there is no user"
            }
            Self::Anonymous => "the current scope is explicitly anonymous",
            Self::Withheld => "a policy or a hook removed the user",
            Self::NotSent => {
                "another process sent the record without a user: set `user.id` on its spans and log \
                 records there, on each of them"
            }
        }
    }

    /// Whether a user is missing unintentionally.
    pub(crate) fn is_gap(self) -> bool {
        !matches!(self, Self::Anonymous | Self::Withheld)
    }
}

impl std::fmt::Display for UnattributedReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
