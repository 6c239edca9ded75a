//! Users and ids.

use whose::{AsId, AsUser};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, AsUser)]
pub struct Account {
    /// Who it is.
    #[whose(id)]
    pub number: AccountId,
    /// Where mail goes.
    #[whose(email)]
    pub mail: Option<String>,
    /// What is paid for.
    #[whose(attr = "plan.name")]
    pub plan: String,
    /// How many there are.
    #[whose(attr)]
    pub seats: u32,
    /// Nobody's business.
    pub secret: String,
}

/// The id of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsId)]
pub struct AccountId(pub u64);

/// Somebody who is signed in.
#[derive(Debug, AsUser)]
pub struct Current<'a, T>(pub &'a T);

impl Account {
    /// A new one.
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
