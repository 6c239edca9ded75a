use futures_core::{future::BoxFuture, stream::BoxStream, Stream};

#[whose::trace(output, err)]
fn tokens() -> impl Stream<Item = Result<u8, String>> {
    empty()
}

#[whose::trace(output)]
async fn later() -> BoxStream<'static, u8> {
    Box::pin(empty())
}

#[whose::trace(err)]
fn no_result() -> BoxFuture<'static, u8> {
    Box::pin(async { 1 })
}

fn empty<T>() -> Empty<T> {
    Empty(std::marker::PhantomData)
}

struct Empty<T>(std::marker::PhantomData<T>);

impl<T> Stream for Empty<T> {
    type Item = T;
    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<T>> {
        std::task::Poll::Ready(None)
    }
}

unsafe impl<T> Send for Empty<T> {}

fn main() {}
