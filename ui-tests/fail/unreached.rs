use std::marker::PhantomData;
use std::pin::Pin;

use futures_core::{future::BoxFuture, stream::BoxStream, Stream};
use whose::{with_session, with_user};

pub struct Sse<S>(S);
pub struct Json<T>(T);

#[with_user]
pub async fn handler(user: &str) -> Sse<impl Stream<Item = u8> + use<>> {
    Sse(Empty)
}

#[whose::trace(user_id, kind = llm)]
pub fn traced(user_id: &str) -> Result<Sse<Pin<Box<dyn Stream<Item = u8> + Send>>>, String> {
    Ok(Sse(Box::pin(Empty)))
}

#[with_session(session = id, isolated)]
pub fn pair(id: u8) -> (impl Stream<Item = u8>, u8) {
    (Empty, id)
}

#[whose::trace(tags(id))]
pub fn several(id: u8) -> (Vec<BoxFuture<'static, u8>>, Json<BoxStream<'static, u8>>) {
    (vec![Box::pin(async move { id })], Json(Box::pin(Empty)))
}

#[with_user(anonymous)]
pub fn nested() -> Option<Result<BoxFuture<'static, u8>, String>> {
    None
}

#[with_user("alice")]
pub fn wrapper() -> Pin<Box<Json<impl Future<Output = u8>>>> {
    Box::pin(Json(async { 1 }))
}

#[with_user("alice")]
pub fn array() -> [impl Future<Output = u8>; 1] {
    [async { 1 }]
}

#[with_user("alice")]
pub fn iterator() -> impl Iterator<Item = impl IntoFuture<Output = u8>> {
    std::iter::once(async { 1 })
}

// The scope covers the future, and not the stream that it returns.
#[with_user("alice")]
pub fn later() -> BoxFuture<'static, BoxStream<'static, u8>> {
    Box::pin(async { Box::pin(Empty) as _ })
}

pub struct Agent;

#[with_user("alice")]
impl Agent {
    pub fn user(&self) -> u8 {
        1
    }

    pub async fn tokens(&self) -> Sse<impl Stream<Item = u8> + use<>> {
        Sse(Empty)
    }
}

// A `carried` without an effect.
#[with_user(carried)]
pub fn at_once(user: &str) -> Result<PhantomData<BoxFuture<'static, u8>>, String> {
    Err(user.to_owned())
}

#[whose::trace(user_id, carried)]
pub fn wrapped(user_id: u8) -> impl Stream<Item = u8> {
    let _ = user_id;
    Empty
}

fn statement() {
    whose::guard!(user = "alice", carried);
}

struct Empty;

impl Stream for Empty {
    type Item = u8;
    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<u8>> {
        std::task::Poll::Ready(None)
    }
}

fn main() {}
