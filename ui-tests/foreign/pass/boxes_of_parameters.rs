//! A boxed future may have type parameters without a `'static` bound.
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

trait Service {
    type Response;
    type Error;
    type Future: Future<Output = Result<Self::Response, Self::Error>> + Send + 'static;

    fn call(&self) -> Self::Future;
}

struct Mapped<S>(S);

impl<S: Service> Mapped<S> {
    #[whose::with_user("alice")]
    fn call(&self) -> Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>> {
        let future = self.0.call();
        Box::pin(async move {
            assert_eq!(user().as_deref(), Some("alice"));
            future.await
        })
    }

    #[whose::trace(user_id = "alice")]
    fn passed_on(&self) -> BoxFuture<'static, Result<S::Response, S::Error>> {
        Box::pin(self.0.call())
    }

    #[whose::trace(user_id = "alice", err)]
    fn told(&self) -> BoxFuture<'static, Result<S::Response, S::Error>>
    where
        S::Error: Debug + std::fmt::Display,
    {
        std::boxed::Box::pin(self.0.call(),)
    }
}

struct Ready;

impl Service for Ready {
    type Response = Option<String>;
    type Error = std::fmt::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Option<String>, std::fmt::Error>> + Send>>;

    fn call(&self) -> Self::Future {
        Box::pin(async { Ok(user()) })
    }
}

/// Only the return type determines the type of the error.
#[whose::with_user("alice")]
fn parsed(text: &str) -> BoxFuture<'_, Result<u8, std::num::ParseIntError>> {
    Box::pin(async move {
        if text.is_empty() {
            return Ok(0);
        }
        Ok(text.parse()?)
    })
}

#[whose::with_user("alice")]
fn early(is_early: bool) -> BoxFuture<'static, Option<String>> {
    if is_early {
        return Box::pin(async { user() });
    }
    Box::pin(async { user() })
}

#[whose::with_user("alice")]
fn stream<'a, T: Send + Sync>(items: &'a [T]) -> BoxStream<'a, &'a T> {
    Box::pin(Items(items))
}

struct Items<'a, T>(&'a [T]);

impl<'a, T> futures_core::Stream for Items<'a, T> {
    type Item = &'a T;

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<&'a T>> {
        let first = self.0.split_first().map(|(first, rest)| {
            self.0 = rest;
            first
        });
        std::task::Poll::Ready(first.filter(|_| user().as_deref() == Some("alice")))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let alice = Ok(Some("alice".to_owned()));
    assert_eq!(Mapped(Ready).call().await, alice);
    assert_eq!(Mapped(Ready).passed_on().await, alice);
    assert_eq!(Mapped(Ready).told().await, alice);
    assert_eq!(parsed("7").await, Ok(7));
    assert_eq!(parsed("").await, Ok(0));
    assert!(parsed("x").await.is_err());
    for is_early in [false, true] {
        assert_eq!(early(is_early).await.as_deref(), Some("alice"));
    }
    let mut stream = stream(&[1, 2]);
    let first = std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await;
    assert_eq!(first, Some(&1));
}
