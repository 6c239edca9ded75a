//! A returned trait object may have `impl Trait` in its associated types.
use std::fmt::{Debug, Display};
use whose::with_user;

#[with_user("alice")]
async fn boxed(back: bool) -> Box<dyn Iterator<Item = impl Display>> {
    tokio::task::yield_now().await;
    assert_eq!(whose::current().user_id(), Some("alice"));
    if back {
        return Box::new([1, 2].into_iter().rev());
    }
    Box::new([1, 2].into_iter())
}

#[whose::trace(user_id = "alice", err)]
fn in_a_result(fail: bool) -> Result<Box<dyn Iterator<Item = impl Debug>>, String> {
    assert_eq!(whose::current().user_id(), Some("alice"));
    if fail { Err("failed".into()) } else { Ok(Box::new([1, 2].into_iter())) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let shown: String = boxed(true).await.map(|one| one.to_string()).collect();
    assert_eq!((shown.as_str(), boxed(false).await.count()), ("21", 2));
    assert_eq!((in_a_result(false).unwrap().count(), in_a_result(true).is_err()), (2, true));
}
