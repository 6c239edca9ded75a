//! An attribute without arguments takes the function argument of its own name.
use whose::{with_session, with_user, User};

#[with_user]
async fn user_by_value(user: User) -> bool {
    tokio::task::yield_now().await;
    drop(user);
    whose::current().user().and_then(User::email).is_some_and(|email| email == "a@example.com")
}

#[with_session]
fn session(session: Option<&str>) -> Option<String> {
    let _ = session;
    whose::current().session_id().map(String::from)
}

#[with_session()]
fn session_id(session_id: u8) -> Option<String> {
    let _ = session_id;
    whose::current().session_id().map(String::from)
}

// The attribute takes the argument `user`, and adds fields to the user.
#[with_user(segment = "beta")]
fn more(user: &User) -> Option<(String, String)> {
    let _ = user;
    let at = whose::current();
    Some((at.user_id()?.into(), at.user()?.segment()?.into()))
}

// Without an argument `user`, the fields make a user without an id.
#[with_user(segment = "beta", supplement)]
fn supplement() -> Option<(String, String)> {
    let at = whose::current();
    Some((at.user_id()?.into(), at.user()?.segment()?.into()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert!(user_by_value(User::new("alice").with_email("a@example.com")).await);
    assert_eq!(session(Some("s-1")).as_deref(), Some("s-1"));
    assert_eq!(session(None), None);
    assert_eq!(session_id(3).as_deref(), Some("3"));
    let alice = Some(("alice".into(), "beta".into()));
    assert_eq!(more(&User::new("alice")), alice);
    whose::user("alice").in_scope(|| assert_eq!(supplement(), alice));
}
