//! Free functions, sync and async, for each attribute.
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

fn session() -> Option<String> {
    whose::current().session_id().map(String::from)
}

#[whose::trace(user_id = "explicit")]
fn traced() -> Option<String> {
    user()
}

#[whose::trace(user_id)]
async fn traced_later(user_id: &str) -> Option<String> {
    tokio::task::yield_now().await;
    user().filter(|user| user == user_id)
}

#[with_user(from = account.name)]
fn of_user(account: &Account) -> Option<String> {
    user().filter(|user| *user == account.name)
}

#[with_session(conversation_id)]
async fn of_session(conversation_id: u64) -> Option<String> {
    tokio::task::yield_now().await;
    session().filter(|session| *session == conversation_id.to_string())
}

#[whose::trace]
fn whoever() -> Option<String> {
    user()
}

struct Account {
    name: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(traced().as_deref(), Some("explicit"));
    assert_eq!(traced_later("alice").await.as_deref(), Some("alice"));
    assert_eq!(of_user(&Account { name: "bob".into() }).as_deref(), Some("bob"));
    assert_eq!(of_session(7).await.as_deref(), Some("7"));
    assert_eq!(whoever(), None);
    assert_eq!((user(), session()), (None, None));
}
