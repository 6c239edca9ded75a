//! An error that several spans propagate is recorded once, and unrelated errors with equal messages
//! are not joined.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use tracing::Instrument;
use whose::testing::Recorder;
use whose::{Record, ScopeExt, Status};

/// An error with a message and an optional cause.
#[derive(Debug)]
struct Failed(String, Option<Box<Failed>>);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

fn failed(text: impl Into<String>) -> Failed {
    Failed(text.into(), None)
}

fn caused_by(text: &str, cause: Failed) -> Failed {
    Failed(text.into(), Some(Box::new(cause)))
}

/// The message and the span path of each recorded error.
fn messages_and_paths(rec: &Recorder) -> Vec<(String, String)> {
    let path = |error: &Record| error.span_path().collect::<Vec<_>>().join(" < ");
    rec.errors()
        .iter()
        .map(|error| (error.message().unwrap().to_owned(), path(error)))
        .collect()
}

fn error(message: &str, path: &str) -> (String, String) {
    (message.to_owned(), path.to_owned())
}

#[whose::trace(err)]
fn query(text: &str) -> Result<(), Failed> {
    Err(failed(text))
}

#[whose::trace(err)]
fn propagates(text: &str) -> Result<(), Failed> {
    query(text)
}

#[whose::trace(err)]
fn wraps(text: &str) -> Result<(), Failed> {
    propagates(text).map_err(|error| caused_by("cannot load", error))
}

#[whose::trace(err)]
fn converts(text: &str) -> Result<(), String> {
    wraps(text).map_err(|error| error.to_string())
}

#[test]
fn propagated_error_is_recorded_once_with_path() {
    let rec = Recorder::start();
    assert!(converts("timeout").is_err());
    assert_eq!(
        messages_and_paths(&rec),
        [error("timeout", "query < propagates < wraps < converts")]
    );
    let messages = ["timeout", "timeout", "cannot load", "cannot load"];
    let spans = rec.spans();
    for (span, message) in spans.iter().zip(messages) {
        assert_eq!(
            (span.status(), span.message()),
            (Status::Error, Some(message))
        );
    }
    assert_eq!(
        spans.len(),
        messages.len(),
        "every span has the status `Error`"
    );
    assert_eq!(
        rec.errors()[0].parent_id(),
        spans[0].span_id(),
        "the error belongs to the innermost span"
    );
}

#[whose::trace(err)]
fn fails_with_other_error() -> Result<(), Failed> {
    let _ = query("timeout");
    Err(failed("no fallback"))
}

#[whose::trace(err)]
fn fails_after_another_span() -> Result<(), Failed> {
    let _ = query("timeout");
    tracing::info_span!("other work").in_scope(|| ());
    Err(failed("timeout"))
}

#[whose::trace(err)]
fn retries() -> Result<(), Failed> {
    let _ = query("timeout");
    let _ = query("timeout");
    query("timeout")
}

#[test]
fn unrelated_parent_error_is_recorded_separately() {
    let rec = Recorder::start();
    assert!(fails_with_other_error().is_err());
    assert_eq!(
        messages_and_paths(&rec),
        [
            error("timeout", "query < fails_with_other_error"),
            error("no fallback", "fails_with_other_error"),
        ]
    );
    let rec = Recorder::start();
    assert!(fails_after_another_span().is_err());
    assert_eq!(rec.errors().len(), 2, "another span ran between the errors");
    let rec = Recorder::start();
    assert!(retries().is_err());
    assert_eq!(
        rec.errors().len(),
        3,
        "one error for each attempt, and none for the outer span"
    );
}

#[whose::trace(err)]
fn through_plain_spans() -> Result<(), Failed> {
    tracing::info_span!("outer")
        .in_scope(|| tracing::info_span!("inner").in_scope(|| query("timeout")))
}

#[test]
fn spans_without_err_propagate_errors() {
    let rec = Recorder::start();
    assert!(through_plain_spans().is_err());
    assert_eq!(
        messages_and_paths(&rec),
        [error(
            "timeout",
            "query < inner < outer < through_plain_spans"
        )]
    );
    assert_eq!(rec.span("inner").status(), Status::Unset);
}

#[whose::trace(err)]
fn captures_and_fails() -> Result<(), Failed> {
    let error = failed("timeout");
    whose::error(&error).tag("attempt", "3").capture();
    Err(error)
}

#[whose::trace(err)]
fn logs_error_of_child() -> Result<(), Failed> {
    query("timeout").inspect_err(|error| tracing::error!(%error, "gives up"))
}

#[test]
fn reported_error_is_not_recorded_again_by_span() {
    let rec = Recorder::start();
    assert!(captures_and_fails().is_err());
    assert_eq!(
        messages_and_paths(&rec),
        [error("timeout", "captures_and_fails")]
    );
    assert_eq!(rec.errors()[0].tag("attempt"), Some("3"));

    let rec = Recorder::start();
    assert!(logs_error_of_child().is_err());
    assert_eq!(
        messages_and_paths(&rec),
        [error("timeout", "query < logs_error_of_child")]
    );
    let line = &rec.events()[0];
    assert_eq!(
        line.message(),
        Some("gives up"),
        "the log line stays an event"
    );
    assert_eq!(line.field("error").unwrap(), &"timeout");
}

#[test]
fn explicit_report_is_always_recorded() {
    let rec = Recorder::start();
    tracing::info_span!("worker").in_scope(|| {
        for _ in 0..3 {
            whose::capture_error(&failed("timeout"));
            tracing::error!(error = %failed("timeout"), "job failed");
        }
        assert!(query("timeout").is_err());
        tracing::error!(error = "timeout", "of the child");
        tracing::error!(error = "timeout", "another one");
    });
    assert_eq!(rec.errors().len(), 8);
    assert_eq!(rec.events().len(), 1);
}

#[tracing::instrument(err)]
fn instrumented_inside() -> Result<(), Failed> {
    Err(failed("timeout"))
}

#[tracing::instrument(err)]
fn instrumented() -> Result<(), Failed> {
    instrumented_inside().map_err(|error| caused_by("cannot load", error))
}

#[whose::trace(err)]
fn traced_around() -> Result<(), Failed> {
    instrumented_inside()
}

#[test]
fn instrument_err_is_recorded() {
    let rec = Recorder::start();
    assert!(traced_around().is_err());
    assert_eq!(
        messages_and_paths(&rec),
        [error("timeout", "instrumented_inside < traced_around")]
    );
    // `instrument` logs only the text of the error. Without its causes, a wrapping error counts as
    // another error.
    let rec = Recorder::start();
    assert!(instrumented().is_err());
    assert_eq!(rec.errors().len(), 2);
}

#[whose::trace(user_id = "bob", err)]
fn as_bob() -> Result<(), Failed> {
    query("timeout")
}

#[whose::trace(user_id = "alice", err)]
fn as_alice() -> Result<(), Failed> {
    as_bob()
}

#[whose::trace(err)]
fn without_user() -> Result<(), Failed> {
    as_alice()
}

#[test]
fn error_of_other_user_is_not_joined() {
    let rec = Recorder::start();
    assert!(without_user().is_err());
    let all = rec.errors();
    let users: Vec<_> = all.iter().map(Record::user_id).collect();
    assert_eq!(
        users,
        [Some("bob"), Some("alice")],
        "both users have the error, and the span without a user does not repeat the error"
    );
}

#[whose::trace(err, fields(id))]
async fn step(id: u32, same: bool) -> Result<(), Failed> {
    tokio::task::yield_now().await;
    tokio::time::sleep(Duration::from_micros(u64::from(id % 7))).await;
    Err(failed(if same {
        "timeout".into()
    } else {
        format!("step {id}")
    }))
}

#[whose::trace(err, fields(id))]
async fn task(id: u32, same: bool) -> Result<(), Failed> {
    let result = step(id, same).await;
    tokio::task::yield_now().await;
    result.map_err(|error| caused_by("task failed", error))
}

async fn fail_many_tasks_concurrently(same: bool) {
    const TASKS: u32 = 200;
    let rec = Recorder::start();
    let tasks: Vec<_> = (0..TASKS)
        .map(|id| {
            let scope = whose::Scope::current().user(id);
            tokio::spawn(async move { task(id, same).await }.with_scope(scope))
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap().is_err());
    }
    let mut users: Vec<u32> = rec
        .errors()
        .iter()
        .map(|error| {
            assert!(error.span_path().eq(["step", "task"]));
            error.user_id().unwrap().parse().unwrap()
        })
        .collect();
    users.sort_unstable();
    assert_eq!(
        users,
        (0..TASKS).collect::<Vec<_>>(),
        "one error for each user"
    );
    let failed = rec.spans();
    assert_eq!(failed.len(), 2 * TASKS as usize);
    assert!(failed.iter().all(|span| span.status() == Status::Error));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn task_errors_are_not_joined_on_many_threads() {
    fail_many_tasks_concurrently(true).await;
    fail_many_tasks_concurrently(false).await;
}

#[tokio::test]
async fn task_errors_are_not_joined_on_one_thread() {
    fail_many_tasks_concurrently(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sibling_span_errors_are_not_joined() {
    const TASKS: u32 = 64;
    let rec = Recorder::start();
    let parent = tracing::info_span!("parent");
    let tasks: Vec<_> = (0..TASKS)
        .map(|id| tokio::spawn(step(id, true).instrument(parent.clone())))
        .collect();
    for task in tasks {
        assert!(task.await.unwrap().is_err());
    }
    assert_eq!(rec.errors().len(), TASKS as usize);
}

#[whose::trace(err)]
async fn joins_two() -> Result<(), Failed> {
    let (first, second) = tokio::join!(step(1, false), step(5, false));
    first.and(second)
}

#[whose::trace(err)]
async fn awaits_a_task() -> Result<(), Failed> {
    let task = tokio::spawn(step(1, false).in_current_span());
    task.await
        .unwrap()
        .map_err(|error| caused_by("the task failed", error))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn error_is_followed_across_awaits_and_tasks() {
    let rec = Recorder::start();
    assert!(joins_two().await.is_err());
    let mut all = messages_and_paths(&rec);
    all.sort();
    let path = "step < joins_two";
    assert_eq!(
        all,
        [error("step 1", path), error("step 5", path)],
        "in any order of completion"
    );

    let rec = Recorder::start();
    assert!(awaits_a_task().await.is_err());
    assert_eq!(
        messages_and_paths(&rec),
        [error("step 1", "step < awaits_a_task")]
    );
}

#[test]
fn disabled_span_error_is_recorded_by_outer_span() {
    use tracing_subscriber::{filter::LevelFilter, layer::SubscriberExt};

    #[whose::trace(level = "debug", err)]
    fn disabled() -> Result<(), Failed> {
        Err(failed("timeout"))
    }
    #[whose::trace(err)]
    fn enabled() -> Result<(), Failed> {
        disabled()
    }
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(LevelFilter::INFO);
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        assert!(enabled().is_err());
        assert_eq!(messages_and_paths(&rec), [error("timeout", "enabled")]);
        assert!(enabled().is_err() && disabled().is_err() && disabled().is_err());
        assert_eq!(
            rec.errors().len(),
            4,
            "errors of sibling spans are never joined"
        );
    });
}
