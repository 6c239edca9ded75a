//! The scope covers each poll of an async block at the end of a function.
use std::future::Future;
use std::pin::Pin;
use whose::with_user;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[whose::trace(user_id)]
fn boxed<'a>(user_id: &'a str, early: bool) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        if early {
            return Default::default();
        }
        user().filter(|user| user == user_id)
    })
}

// The block does not borrow `user_id`, which does not live long enough.
#[whose::trace(user_id, input, output)]
fn owned(user_id: &str) -> Pin<Box<dyn Future<Output = Option<String>> + Send>> {
    let expected = user_id.to_owned();
    std::boxed::Box::pin(async move {
        tokio::task::yield_now().await;
        user().filter(|user| *user == expected)
    })
}

#[with_user(from = name)]
fn alias(name: &str) -> Boxed<'_, Option<String>> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        user().filter(|user| user == name)
    })
}

#[with_user(from = name)]
fn unboxed(name: String) -> impl Future<Output = Option<String>> + Send {
    async move {
        tokio::task::yield_now().await;
        user().filter(|user| *user == name)
    }
}

#[whose::trace(user_id = depth)]
fn recursive(depth: u8) -> Boxed<'static, u8> {
    Box::pin(async move {
        assert_eq!(user(), Some(depth.to_string()));
        if depth == 0 {
            return 0;
        }
        let below = recursive(depth - 1).await;
        assert_eq!(user(), Some(depth.to_string()));
        below + 1
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(boxed("alice", false).await.as_deref(), Some("alice"));
    assert_eq!(boxed("alice", true).await, None);
    assert_eq!(owned(&String::from("bob")).await.as_deref(), Some("bob"));
    assert_eq!(alias("carol").await.as_deref(), Some("carol"));
    assert_eq!(unboxed("dave".into()).await.as_deref(), Some("dave"));
    assert_eq!(recursive(3).await, 3);
    let pending = boxed("alice", false);
    assert_eq!(user(), None);
    drop(pending);
}
