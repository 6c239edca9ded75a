//! An expansion in a crate with only `alloc` uses no path from `::std`.
#![no_std]
extern crate alloc;
// Only `main` uses it. The name `std` stays unknown.
extern crate std as runtime;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::future::{Future, Ready, ready};
use core::pin::Pin;

#[derive(whose::AsId)]
struct AccountId(String);

#[derive(whose::AsUser)]
struct Account {
    id: AccountId,
}

fn inner() -> Pin<Box<dyn Future<Output = Option<String>>>> {
    Box::pin(ready(user()))
}

fn user() -> Option<String> {
    whose::current().user_id().map(ToString::to_string)
}

#[whose::with_user("alice")]
fn boxed() -> Pin<Box<dyn Future<Output = Option<String>>>> {
    inner()
}

#[whose::trace(user = account, output)]
fn unpinned(account: &Account) -> Box<dyn Future<Output = Option<String>> + Unpin> {
    let _ = account;
    Box::new(ready(user()))
}

#[whose::trace(user = account, err, output)]
async fn later(account: Account) -> Result<u8, core::num::ParseIntError> {
    let _: Ready<()> = ready(());
    assert_eq!(user().as_deref(), Some("bob"));
    account.id.0.len().to_string().parse()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(boxed().await.as_deref(), Some("alice"));
    let bob = Account { id: AccountId("bob".to_string()) };
    assert_eq!(unpinned(&bob).await.as_deref(), Some("bob"));
    assert_eq!(later(bob).await, Ok(3));
}
