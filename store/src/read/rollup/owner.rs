//! Who a record belongs to.

/// Who a record belongs to: the row id of a user, or nobody.
///
/// No row id is near the least number, so two numbers there stand for records without a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Owner(i64);

impl Owner {
    /// A record without a user.
    pub(crate) const NOBODY: Self = Self(i64::MIN);
    /// A record that has no user on purpose.
    pub(crate) const ANONYMOUS: Self = Self(i64::MIN + 1);

    /// The owner of a record with that user.
    pub(crate) fn new(user: Option<i64>, is_anonymous: bool) -> Self {
        match user {
            Some(user) => Self(user),
            None if is_anonymous => Self::ANONYMOUS,
            None => Self::NOBODY,
        }
    }

    /// The row id of the user.
    pub(crate) fn user(self) -> Option<i64> {
        match self {
            Self::NOBODY | Self::ANONYMOUS => None,
            Self(user) => Some(user),
        }
    }

    pub(super) fn as_number(self) -> i64 {
        self.0
    }

    pub(super) fn from_number(number: i64) -> Self {
        Self(number)
    }
}
