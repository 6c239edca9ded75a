//! Other layers see the span of a traced function end inside its scope: on return, on completion of
//! its future, and on an early drop of its future.

use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use tokio::task::yield_now;
use tracing::Subscriber;
use tracing::span::Id;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, registry};
use whose_tests::current::{assert_user, is_nothing_current, poll, user_id};

/// The name of a span, and the current user at its end.
type SpanEnd = (&'static str, Option<String>);

/// A layer that keeps the end of each span.
#[derive(Clone, Default)]
struct SpanEndLayer(Arc<Mutex<Vec<SpanEnd>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for SpanEndLayer {
    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        let name = cx.span(&id).expect("a span that ends").name();
        let mut ended = self.0.lock().expect("not poisoned");
        ended.push((name, user_id()));
    }
}

impl SpanEndLayer {
    fn take(&self) -> Vec<SpanEnd> {
        std::mem::take(&mut self.0.lock().expect("not poisoned"))
    }
}

#[whose::trace(user_id)]
fn returns(user_id: &str) -> usize {
    user_id.len()
}

#[whose::trace(user_id)]
async fn is_ready(user_id: &str) -> usize {
    yield_now().await;
    user_id.len()
}

#[whose::trace(user_id)]
async fn is_dropped(user_id: &str) -> usize {
    pending::<()>().await;
    user_id.len()
}

#[test]
fn span_ends_inside_its_scope() {
    let ended = SpanEndLayer::default();
    let subscriber = registry().with(whose::layer()).with(ended.clone());
    let _subscriber = tracing::subscriber::set_default(subscriber);

    whose::user("zoe").in_scope(|| {
        let alice = |name| vec![(name, Some("alice".to_owned()))];

        returns("alice");
        assert_eq!(ended.take(), alice("returns"));

        let mut future = pin!(is_ready("alice"));
        assert!(poll(future.as_mut()).is_pending());
        assert_eq!(ended.take(), [], "a pending future");
        assert_eq!(poll(future.as_mut()), Poll::Ready(5));
        assert_eq!(
            ended.take(),
            alice("is_ready"),
            "a completed future that is still held"
        );

        let mut future = Box::pin(is_dropped("alice"));
        assert!(poll(future.as_mut()).is_pending());
        assert_eq!(ended.take(), [], "a pending future");
        drop(future);
        assert_eq!(ended.take(), alice("is_dropped"));

        assert_user("zoe");
    });
    assert!(is_nothing_current());
}
