//! `#[tokio::main]` works above and below the attributes of `whose`.
use whose::{with_session, with_user};

fn at() -> (Option<String>, Option<String>) {
    let at = whose::current();
    (at.user_id().map(String::from), at.session_id().map(String::from))
}

fn of(user: &str, session: &str) -> (Option<String>, Option<String>) {
    (Some(user.into()), Some(session.into()))
}

#[tokio::main(flavor = "current_thread")]
#[with_user("alice", session = id)]
async fn runtime_first(id: u8) -> (Option<String>, Option<String>) {
    tokio::task::yield_now().await;
    let _ = id;
    at()
}

#[with_user("alice", session = id)]
#[tokio::main(flavor = "current_thread")]
async fn runtime_last(id: String) -> (Option<String>, Option<String>) {
    tokio::task::yield_now().await;
    drop(id);
    at()
}

#[tokio::main(flavor = "current_thread")]
#[whose::trace(user_id = "alice", output, err)]
async fn fallible_first(text: &str) -> Result<u8, Box<dyn std::error::Error>> {
    tokio::task::yield_now().await;
    assert_eq!(at(), of("alice", "s-main"));
    Ok(text.parse()?)
}

#[whose::trace(user_id = "alice", output, err)]
#[with_session("s-1")]
#[tokio::main(flavor = "current_thread")]
async fn fallible_last(text: &str) -> Result<u8, std::num::ParseIntError> {
    if text.is_empty() {
        return Ok(0);
    }
    tokio::task::yield_now().await;
    assert_eq!(at(), of("alice", "s-1"));
    text.parse()
}

#[whose::trace(user_id = "main", err)]
#[with_session("s-main")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    assert_eq!(at(), of("main", "s-main"));
    assert_eq!(runtime_first(3), of("alice", "3"));
    assert_eq!(runtime_last("s".into()), of("alice", "s"));
    assert_eq!((fallible_first("7")?, fallible_last("7")?, fallible_last("")?), (7, 7, 0));
    assert!(fallible_first("x").is_err() && fallible_last("x").is_err());
    assert_eq!(at(), of("main", "s-main"));
    Ok(())
}
