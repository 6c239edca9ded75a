//! Users and ids.

use whose::{AsId, AsUser};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, AsUser)]
pub struct Account {
    /// The id.
    #[whose(id)]
    pub number: AccountId,
    /// The email address.
    #[whose(email)]
    pub mail: Option<String>,
    /// The plan.
    #[whose(attr = "plan.name")]
    pub plan: String,
    /// The number of seats.
    #[whose(attr)]
    pub seats: u32,
    /// A field that is no part of the user.
    pub secret: String,
}

/// The id of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsId)]
pub struct AccountId(pub u64);

/// The account that is signed in.
#[derive(Debug, AsUser)]
pub struct Current<'a, T>(pub &'a T);

impl Account {
    /// A new account.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self {
            number: AccountId(number),
            mail: None,
            plan: String::new(),
            seats: 1,
            secret: String::new(),
        }
    }
}
