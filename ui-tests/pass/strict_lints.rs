//! The lints of a crate do not fire in the code of the macros.
#![deny(warnings, missing_docs, unused, future_incompatible, nonstandard_style)]
#![deny(trivial_casts, unused_results, unused_qualifications, let_underscore_drop)]
#![deny(single_use_lifetimes, elided_lifetimes_in_paths, variant_size_differences)]
#![forbid(unsafe_code, unreachable_code, unused_braces, unused_parens)]

//! A crate.

use whose::{guard, with_session, with_user};

/// A user.
#[derive(Debug, whose::AsUser)]
pub struct Account {
    /// The id.
    pub id: u64,
    /// The plan.
    #[whose(attr)]
    pub plan: String,
}

/// An id.
#[derive(Debug, Clone, whose::AsId)]
pub struct Id(pub u64);

/// A traced async function.
#[whose::trace(user = account, session_id = "s", fields(%account.plan), input(n), output, err)]
pub async fn traced(account: &Account, n: u8) -> Result<u8, String> {
    if n == 0 {
        return Err("zero".into());
    }
    Ok(n)
}

/// A traced function.
#[whose::trace(user = account, tags(n = n + 1), input(n), output, err)]
pub fn traced_at_once(account: &Account, n: u8) -> Result<u8, String> {
    if n == 0 { Err("zero".into()) } else { Ok(n) }
}

/// A monitored function.
#[whose::monitor("strict", every = "1d", max = std::time::Duration::from_secs(n.into()))]
pub fn monitored_at_once(n: u8) -> Result<u8, String> {
    if n == 0 { Err("zero".into()) } else { Ok(n) }
}

/// A monitored async function.
#[whose::monitor(format!("strict-{n}"))]
pub async fn monitored(n: u8) -> u8 { n }

/// A function with a user.
#[with_user(from = &account, email = (if account.id == 0 { None } else { Some("a@example.com") }))]
pub fn of(account: &Account) -> Option<String> { whose::current().user_id().map(String::from) }

/// A function with a session.
#[with_session(id, user_id = Id(3), identify)]
pub async fn session(id: u8) -> Option<String> { let _ = id; whose::current().session_id().map(String::from) }

#[tokio::main(flavor = "current_thread")]
async fn main() {
    guard!(user = Account { id: 1, plan: String::new() }, tags(a = 1));
    let account = Account { id: 7, plan: "pro".into() };
    assert_eq!(traced(&account, 1).await, Ok(1));
    assert_eq!(traced_at_once(&account, 1), Ok(1));
    assert_eq!(monitored_at_once(1), Ok(1));
    assert_eq!(monitored(1).await, 1);
    assert_eq!(of(&account).as_deref(), Some("7"));
    assert_eq!(session(3).await.as_deref(), Some("3"));
}
