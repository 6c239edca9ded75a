//! An alias of a boxed future takes the error as its second argument.
use std::future::Future;
use std::pin::Pin;

type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

#[whose::trace(user_id = "alice", err, output)]
fn parse(text: &'static str) -> BoxFuture<u8, std::num::ParseIntError> {
    Box::pin(async move { text.parse() })
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let recorder = whose::testing::Recorder::start();
    assert_eq!(parse("7").await, Ok(7));
    assert!(parse("x").await.is_err());
    assert_eq!(recorder.errors().len(), 1);
    assert_eq!(recorder.spans()[0].field("output").unwrap(), "7");
}
