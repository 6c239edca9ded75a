//! The span of a function that returns a stream or a future lasts until the returned value is
//! dropped and covers its polls.

use std::future::Future;
use std::pin::Pin;

use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};
use tracing::info;
use whose::testing::Recorder;

#[whose::trace(user_id, kind = llm)]
fn tokens(user_id: &str, n: u8) -> impl Stream<Item = u8> + use<> {
    info!(user_id, "asked");
    stream::iter(0..n).map(|token| {
        info!(token, "token");
        token
    })
}

#[whose::trace(user_id, err)]
async fn answer(user_id: &str, n: u8) -> Result<BoxStream<'static, u8>, String> {
    tokio::task::yield_now().await;
    if n == 0 {
        return Err(format!("nothing for {user_id}"));
    }
    Ok(tokens(user_id, n).boxed())
}

#[whose::trace(user_id, output, err)]
fn later(user_id: &str, n: u8) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send + '_>> {
    info!("asked");
    Box::pin(async move {
        tokio::task::yield_now().await;
        info!("polled");
        n.checked_sub(1).ok_or_else(|| user_id.to_owned())
    })
}

#[tokio::test]
async fn stream_events_are_in_span_until_drop() {
    let rec = Recorder::start();
    let mut stream = tokens("alice", 2);
    assert_eq!(stream.next().await, Some(0));
    assert!(rec.spans().is_empty(), "the stream is not done");
    let rest: Vec<u8> = stream.collect().await;
    assert_eq!(rest, [1]);
    let span = rec.span("tokens");
    assert_eq!(span.user_id(), Some("alice"));
    let events = rec.events();
    assert_eq!(events.len(), 3);
    for event in events {
        assert_eq!(event.user_id(), Some("alice"));
        assert_eq!(event.parent_id(), span.span_id());
    }
}

#[tokio::test]
async fn stream_moved_to_other_task_keeps_span() {
    let rec = Recorder::start();
    let stream = answer("bob", 3).await.unwrap();
    let tokens: Vec<u8> = whose::task::spawn(stream.collect()).await.unwrap();
    assert_eq!(tokens, [0, 1, 2]);
    assert_eq!(rec.span("tokens").parent_id(), rec.span("answer").span_id());
    assert!(
        rec.events()
            .iter()
            .all(|event| event.user_id() == Some("bob"))
    );
    assert_eq!(rec.events().len(), 4);
    assert!(rec.errors().is_empty());
}

#[tokio::test]
async fn failed_stream_result_is_error_of_user() {
    let rec = Recorder::start();
    assert!(answer("carol", 0).await.is_err());
    let errors = rec.errors();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].message(), Some("nothing for carol"));
    assert_eq!(errors[0].user_id(), Some("carol"));
}

#[tokio::test]
async fn returned_future_output_is_recorded_on_completion() {
    let rec = Recorder::start();
    let asked = later("dave", 3);
    assert_eq!(rec.events().len(), 1);
    assert_eq!(asked.await, Ok(2));
    let span = rec.span("later");
    assert_eq!(span.field("output").unwrap(), &"2");
    for event in rec.events() {
        assert_eq!(
            (event.user_id(), event.parent_id()),
            (Some("dave"), span.span_id())
        );
    }
    assert_eq!(later("dave", 0).await, Err("dave".into()));
    assert_eq!(rec.errors()[0].user_id(), Some("dave"));
}
