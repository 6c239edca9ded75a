//! Subtraits of the traits of `futures`, and unrelated traits with the same names.
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_core::{FusedFuture, FusedStream};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

mod own {
    pub trait Stream {
        fn flow(&mut self) -> u8;
    }

    pub struct River(pub u8);

    impl Stream for River {
        fn flow(&mut self) -> u8 {
            self.0
        }
    }

    #[whose::with_user("alice")]
    pub fn river() -> impl Stream {
        assert_eq!(super::user().as_deref(), Some("alice"));
        River(1)
    }

    #[whose::trace(user_id = "alice")]
    pub fn boxed() -> Box<dyn Stream> {
        Box::new(River(2))
    }

    #[whose::with_user("alice")]
    pub fn perhaps(is_there: bool) -> Option<impl Stream> {
        is_there.then_some(River(3))
    }
}

mod foreign {
    use std::pin::Pin;

    use futures_core::Stream;

    use super::Once;

    #[whose::with_user("alice")]
    pub fn itself() -> impl Stream<Item = Option<String>> {
        Once(false)
    }

    #[whose::with_user("alice")]
    pub fn boxed() -> Option<Pin<Box<dyn Stream<Item = Option<String>>>>> {
        Some(Box::pin(Once(false)))
    }

    #[whose::trace(user_id = "alice")]
    pub fn generic<S: Stream<Item = Option<String>>>(stream: S) -> impl Stream<Item = Option<String>> {
        stream
    }
}

struct Once(bool);

impl futures_core::Stream for Once {
    type Item = Option<String>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let is_over = std::mem::replace(&mut self.0, true);
        Poll::Ready((!is_over).then(user))
    }
}

impl FusedStream for Once {
    fn is_terminated(&self) -> bool {
        self.0
    }
}

#[whose::with_user("alice")]
fn fused() -> impl futures_core::Stream<Item = Option<String>> + FusedStream {
    Once(false)
}

#[whose::trace(user_id = "alice")]
fn fused_alone() -> impl FusedStream<Item = Option<String>> {
    Once(false)
}

struct Ready(bool);

impl Future for Ready {
    type Output = Option<String>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        self.0 = true;
        Poll::Ready(user())
    }
}

impl FusedFuture for Ready {
    fn is_terminated(&self) -> bool {
        self.0
    }
}

#[whose::trace(user_id = "alice", output)]
fn fused_future() -> impl FusedFuture<Output = Option<String>> {
    Ready(false)
}

fn first<S: futures_core::Stream<Item = Option<String>>>(stream: S) -> Option<String> {
    let mut stream = pin!(stream);
    match stream.as_mut().poll_next(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Some(user)) => user,
        _ => None,
    }
}

fn main() {
    use own::Stream as _;
    assert_eq!(own::river().flow(), 1);
    assert_eq!(own::boxed().flow(), 2);
    assert_eq!(own::perhaps(true).map(|mut river| river.flow()), Some(3));
    for user in [
        first(foreign::itself()),
        first(foreign::boxed().unwrap()),
        first(foreign::generic(Once(false))),
        first(fused()),
        first(fused_alone()),
    ] {
        assert_eq!(user.as_deref(), Some("alice"));
    }
    let mut future = pin!(fused_future());
    assert!(!future.is_terminated());
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(Some("alice".into())));
    assert!(future.is_terminated());
}
