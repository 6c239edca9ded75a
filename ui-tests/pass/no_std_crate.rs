//! The attributes work in a `no_std` crate without the prelude and macros of `std`.
#![no_std]
extern crate alloc;
extern crate std;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(ToString::to_string)
}

#[derive(whose::AsUser)]
struct Account {
    id: u64,
    #[whose(attr)]
    plan: &'static str,
}

#[with_user(account, tags(plan = account.plan))]
fn at_once(account: &Account) -> Option<String> {
    assert_eq!(whose::current().tag("plan"), Some("pro"));
    user()
}

#[whose::trace(user = account, input(plan = account.plan), fields(n = 1), output, err)]
async fn later(account: Account, fail: bool) -> Result<Vec<String>, core::num::ParseIntError> {
    tokio::task::yield_now().await;
    let _: u8 = if fail { "x" } else { "1" }.parse()?;
    Ok(Vec::from_iter(user()))
}

#[with_session("s-1", identify, user_id = %n)]
async fn session(n: u8) -> Option<String> {
    assert_eq!(user(), Some(n.to_string()));
    whose::current().session_id().map(Into::into)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let account = Account { id: 7, plan: "pro" };
    assert_eq!(at_once(&account).as_deref(), Some("7"));
    assert!(runtime.block_on(later(Account { ..account }, false)).is_ok_and(|seen| seen == ["7"]));
    assert!(runtime.block_on(later(account, true)).is_err());
    assert_eq!(runtime.block_on(session(3)).as_deref(), Some("s-1"));
    whose::guard!(user_id = 9);
    assert_eq!(user().as_deref(), Some("9"));
}
