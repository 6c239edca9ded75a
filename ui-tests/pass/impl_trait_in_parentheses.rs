//! `&'a (impl Trait + 'a)` keeps its required parentheses, and no lint fires on them.
#![deny(warnings)]
use std::fmt::Display;
use whose::with_user;

#[with_user("alice")]
async fn referred<'a>(text: &'a String) -> &'a (impl Display + 'a) {
    tokio::task::yield_now().await;
    assert_eq!(whose::current().user_id(), Some("alice"));
    text
}

#[whose::trace(user_id = "alice", output)]
fn referred_at_once<'a>(text: &'a String) -> &'a (impl std::fmt::Debug + 'a) {
    assert_eq!(whose::current().user_id(), Some("alice"));
    text
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(referred(&"text".into()).await.to_string(), "text");
    assert_eq!(format!("{:?}", referred_at_once(&"text".into())), r#""text""#);
}
