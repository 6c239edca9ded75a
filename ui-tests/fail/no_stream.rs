// A wrong return value is reported at the same location as without the attribute.
use futures_core::Stream;
use std::future::Future;
use whose::with_user;

#[with_user("u")]
fn number() -> impl Future<Output = u8> {
    3
}

#[with_user("u")]
fn wrong_item(n: u8) -> impl Stream<Item = String> {
    Empty(n)
}

#[with_user("u")]
fn not_send() -> impl Future<Output = ()> + Send {
    let rc = std::rc::Rc::new(());
    async move { drop(rc) }
}

struct Empty(u8);

impl Stream for Empty {
    type Item = u8;
    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<u8>> {
        std::task::Poll::Ready(None)
    }
}

fn main() {}
