//! Which users a page lists, and in which order.

use std::fmt;
use std::str::FromStr;

use super::rows::{Totals, UserRow};

/// The order of a [page](UserPage) of users. Every order is descending.
///
/// ```
/// use whose_store::UserSort;
///
/// assert_eq!("cost".parse(), Ok(UserSort::Cost));
/// assert_eq!(UserSort::default().to_string(), "seen");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserSort {
    /// By the end of the last record.
    #[default]
    LastSeen,
    /// By the cost of the model calls. Users without a priced call come last.
    Cost,
    /// By the number of records.
    Records,
    /// By the number of errors.
    Errors,
    /// By the number of sessions.
    Sessions,
    /// By the number of tokens.
    Tokens,
}

impl UserSort {
    /// All orders.
    pub const ALL: [Self; 6] = [
        Self::LastSeen,
        Self::Cost,
        Self::Records,
        Self::Errors,
        Self::Sessions,
        Self::Tokens,
    ];
    const NAMES: [(&str, Self); 6] = [
        ("seen", Self::LastSeen),
        ("cost", Self::Cost),
        ("records", Self::Records),
        ("errors", Self::Errors),
        ("sessions", Self::Sessions),
        ("tokens", Self::Tokens),
    ];
}

impl FromStr for UserSort {
    type Err = ParseUserSortError;

    fn from_str(text: &str) -> Result<Self, ParseUserSortError> {
        let mut names = Self::NAMES.iter();
        let found = names.find(|(name, _)| *name == text);
        found.map(|(_, sort)| *sort).ok_or(ParseUserSortError(()))
    }
}

impl fmt::Display for UserSort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Self::NAMES.iter();
        let name = names.find(|(_, sort)| sort == self);
        f.pad(name.map_or("", |(name, _)| name))
    }
}

/// The error of parsing a [`UserSort`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseUserSortError(());

impl fmt::Display for ParseUserSortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected `seen`, `cost`, `records`, `errors`, `sessions` or `tokens`")
    }
}

impl std::error::Error for ParseUserSortError {}

/// Which users a [page](UserPage) lists, and in which order.
///
/// ```
/// use whose_store::{UserFilter, UserSort};
///
/// let filter = UserFilter::new().sort(UserSort::Cost).prefix("ali");
/// assert_eq!(filter, UserFilter::new().prefix("ali").sort(UserSort::Cost));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "pass it to `Queries::user_page`"]
pub struct UserFilter {
    pub(super) sort: UserSort,
    pub(super) prefix: Option<String>,
    pub(super) after: Option<String>,
}

impl UserFilter {
    /// All users, last seen first.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the order.
    pub fn sort(mut self, sort: UserSort) -> Self {
        self.sort = sort;
        self
    }

    /// Only users whose id, email address, username or full name begins with this text, in any case of
    /// the letters A to Z.
    pub fn prefix(mut self, text: impl Into<String>) -> Self {
        self.prefix = Some(text.into());
        self
    }

    /// Only users after the page that had this [`next`](UserPage::next). Another text lists no page
    /// in particular.
    pub fn after(mut self, next: impl Into<String>) -> Self {
        self.after = Some(next.into());
        self
    }
}

/// A page of users; see [`Queries::user_page`](super::Queries::user_page).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UserPage {
    /// The users, at most as many as the limit of the query.
    pub users: Vec<UserRow>,
    /// The key for [`UserFilter::after`]; `None` on the last page.
    pub next: Option<String>,
    /// The totals of the time range, of all users.
    pub totals: Totals,
}
