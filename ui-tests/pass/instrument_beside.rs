//! `#[tracing::instrument]` and `#[whose::trace]` create both spans, in sync and async functions.
//!
//! The compiler expands the first attribute, and passes the result to the next. The last attribute
//! is therefore the outermost, and an `instrument` above `trace` sees the user.
use tracing::instrument;
use whose::testing::Recorder;
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

#[instrument(name = "theirs")]
#[whose::trace(user_id, name = "ours")]
fn ours_last(user_id: &str) -> Option<String> {
    user()
}

#[whose::trace(user_id, name = "ours")]
#[instrument(name = "theirs", skip_all, fields(size = user_id.len()))]
fn ours_first(user_id: &str) -> Option<String> {
    user()
}

#[instrument(name = "theirs", ret)]
#[whose::trace(user_id, name = "ours", output)]
async fn ours_last_later(user_id: String) -> Option<String> {
    tokio::task::yield_now().await;
    drop(user_id);
    user()
}

#[whose::trace(user_id, name = "ours", output)]
#[instrument(name = "theirs", ret)]
async fn ours_first_later(user_id: String) -> Option<String> {
    tokio::task::yield_now().await;
    drop(user_id);
    user()
}

struct Agent(&'static str);

impl Agent {
    #[instrument(name = "theirs", skip(self))]
    #[whose::trace(user = self.0, name = "ours")]
    async fn method(&mut self, n: u8) -> &mut Self {
        tokio::task::yield_now().await;
        assert_eq!(user().as_deref(), Some(self.0));
        self.0 = "other";
        self
    }

    #[whose::trace(user = self.0, name = "ours")]
    #[instrument(name = "theirs", skip(self))]
    fn method_at_once(&self) -> &Self {
        assert_eq!(user().as_deref(), Some(self.0));
        self
    }
}

// Without a span of `whose`, the span and the error event of `instrument` have the user.
#[instrument(name = "theirs", err)]
#[with_user(from = user_id)]
#[with_session("s-1")]
async fn fails(user_id: &str) -> Result<u8, std::num::ParseIntError> {
    tokio::task::yield_now().await;
    assert_eq!(user().as_deref(), Some(user_id));
    user_id.parse::<u8>()
}

#[instrument(name = "theirs", err(Debug))]
#[with_user(user_id)]
fn fails_at_once(user_id: &str) -> Result<u8, std::num::ParseIntError> {
    assert_eq!(user().as_deref(), Some(user_id));
    user_id.parse::<u8>()
}

/// The two spans of `run`, outermost first, each with its user.
async fn spans<T>(run: impl Future<Output = T>) -> (T, [(String, Option<String>); 2]) {
    let rec = Recorder::start();
    let out = run.await;
    let spans = rec.spans();
    let [inside, outside] = &spans[..] else { panic!("two spans: {spans:?}") };
    assert_eq!((inside.parent_id(), outside.parent_id()), (outside.span_id(), None));
    let named =
        [outside, inside].map(|span| (span.name().to_owned(), span.user_id().map(String::from)));
    (out, named)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let alice = || Some("alice".to_owned());
    let last = [("ours".to_owned(), alice()), ("theirs".to_owned(), alice())];
    let first = [("theirs".to_owned(), None), ("ours".to_owned(), alice())];
    assert_eq!(spans(async { ours_last("alice") }).await, (alice(), last.clone()));
    assert_eq!(spans(async { ours_first("alice") }).await, (alice(), first.clone()));
    assert_eq!(spans(ours_last_later("alice".into())).await, (alice(), last.clone()));
    assert_eq!(spans(ours_first_later("alice".into())).await, (alice(), first.clone()));
    let mut agent = Agent("alice");
    let (lent, seen) = spans(agent.method(1)).await;
    assert_eq!((lent.0, seen), ("other", last));
    let agent = Agent("alice");
    let (lent, seen) = spans(async { agent.method_at_once() }).await;
    assert_eq!((lent.0, seen), ("alice", first));

    let rec = Recorder::start();
    assert!(fails("x").await.is_err());
    assert!(fails_at_once("y").is_err());
    for records in [rec.spans(), rec.errors()] {
        let users: Vec<_> = records.iter().map(|record| record.user_id()).collect();
        assert_eq!(users, [Some("x"), Some("y")]);
        assert_eq!((records[0].session_id(), records[1].session_id()), (Some("s-1"), None));
    }
    assert_eq!((fails("7").await, fails_at_once("7"), user()), (Ok(7), Ok(7), None));
}
