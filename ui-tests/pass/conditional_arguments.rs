//! The attribute ignores arguments that `#[cfg]` removes.
use whose::with_user;

#[whose::trace(user_id, input)]
fn traced(
    user_id: &str,
    #[cfg(any())] gone: Missing,
    #[cfg(all())] kept: u8,
) -> (Option<String>, u8) {
    let _ = user_id;
    (whose::current().user_id().map(String::from), kept)
}

#[with_user]
async fn one_of_two(#[cfg(any())] user: Missing, #[cfg(all())] user: &str) -> Option<String> {
    let _ = user;
    whose::current().user_id().map(String::from)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(traced("alice", 1), (Some("alice".into()), 1));
    assert_eq!(one_of_two("bob").await.as_deref(), Some("bob"));
}
