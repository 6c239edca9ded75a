//! Many tasks and threads share one isolated scope: no write is lost or torn, nothing deadlocks,
//! and the code of a value may call `whose` during writes.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::{JoinSet, yield_now};
use whose::testing::{Recorder, isolate_global};
use whose::{Attribution, Breadcrumb, Limits, Scope, ScopeExt, User};

const TASKS: usize = 64;
const ROUNDS: usize = 40;

/// A user whose fields all hold the same number.
fn user(n: usize) -> User {
    User::new(n)
        .with_email(n)
        .with_username(n)
        .with_full_name(n)
        .with_segment(n)
        .with_attr("n", n)
}

/// Asserts that all fields of the user come from one write.
#[track_caller]
fn assert_not_torn(attribution: &Attribution) {
    let user = attribution
        .user()
        .expect("a user was written before anything is read");
    let id = user.id();
    let parts = [
        user.email(),
        user.username(),
        user.full_name(),
        user.segment(),
    ];
    assert_eq!(parts, [id; 4], "torn");
    let attr = user.attr("n").map(ToString::to_string);
    assert_eq!(attr.as_deref(), id, "torn");
}

/// Writes and reads everything that a mutable layer holds.
async fn write_and_read(task: usize) {
    for round in 0..ROUNDS {
        let n = task * ROUNDS + round;
        whose::set_user(user(n));
        whose::set_session(n);
        // Two tasks write each key `own.*`. All tasks write the other keys.
        whose::set_tag(format!("own.{}", task % 32), n);
        whose::set_tags([("a", n), ("b", n)]);
        whose::set_extra("pair", json!({"a": n, "b": n}));
        whose::set_context("pair", json!({"a": n, "b": n}));
        whose::add_breadcrumb(Breadcrumb::new(n.to_string()).with_data("n", n));
        let attribution = whose::current();
        assert_not_torn(&attribution);
        assert!(
            attribution
                .session_id()
                .is_some_and(|id| id.parse::<usize>().is_ok())
        );
        assert_eq!(
            attribution.tag("a"),
            attribution.tag("b"),
            "set_tags is one write"
        );
        for pair in [
            attribution.extra("pair").unwrap(),
            attribution.context("pair").unwrap(),
        ] {
            assert_eq!(pair["a"], pair["b"], "torn");
        }
        yield_now().await;
    }
}

/// Runs the tasks concurrently in one isolated scope. Returns the scope and the outputs of the
/// tasks.
async fn run_concurrently<F, T>(task: impl Fn(usize) -> F) -> (Scope, Vec<T>)
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    // The scope has its own global layer, because the tests of this process run concurrently.
    let shared = {
        let _global = isolate_global();
        Scope::isolated().in_scope(Scope::current)
    };
    let barrier = Arc::new(Barrier::new(TASKS));
    let mut tasks = JoinSet::new();
    for n in 0..TASKS {
        let (barrier, task) = (barrier.clone(), task(n));
        let task = async move {
            barrier.wait().await;
            task.await
        };
        tasks.spawn(task.with_scope(shared.clone()));
    }
    (shared, tasks.join_all().await)
}

async fn writers_share_a_scope() {
    let (shared, _) = run_concurrently(write_and_read).await;
    let attribution = shared.clone().in_scope(whose::current);
    assert_not_torn(&attribution);
    assert_eq!(attribution.tag("a"), attribution.tag("b"));
    shared.in_scope(|| {
        let rec = Recorder::start();
        whose::capture_error(&fmt::Error);
        let error = &rec.errors()[0];
        assert_eq!(error.breadcrumbs().count(), Limits::BREADCRUMBS);
        for crumb in error.breadcrumbs() {
            assert_eq!(
                crumb.data("n").unwrap().to_string(),
                crumb.message(),
                "torn"
            );
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn shared_scope_reads_are_not_torn_on_many_threads() {
    writers_share_a_scope().await;
}

#[tokio::test(flavor = "current_thread")]
async fn shared_scope_reads_are_not_torn_on_one_thread() {
    writers_share_a_scope().await;
}

/// Each owner writes its own tag, extra value and context, within the limits, and each task adds
/// one breadcrumb. At the end the scope holds the last write of every owner and all breadcrumbs.
async fn owners_share_a_scope() {
    const OWNERS: usize = 40;
    let (shared, _) = run_concurrently(|task| async move {
        for round in 0..ROUNDS {
            if task < OWNERS {
                let key = format!("k{task}");
                whose::set_tag(&key, round);
                whose::set_extra(&key, round);
                whose::set_context(&key, json!({"round": round}));
                // No other task changes or removes these values.
                let attribution = whose::current();
                assert_eq!(attribution.tag(&key), Some(&*round.to_string()));
                assert_eq!(attribution.extra(&key), Some(&json!(round)));
            } else {
                whose::set_tag("noise", round);
                whose::remove_tag("noise");
                whose::set_extra("noise", round);
                whose::remove_extra("noise");
                whose::set_user(task);
                whose::clear_user();
                whose::set_session(task);
                whose::clear_session();
            }
            yield_now().await;
        }
        whose::add_breadcrumb(Breadcrumb::new(task.to_string()));
    })
    .await;
    shared.in_scope(|| {
        let rec = Recorder::start();
        whose::capture_error(&fmt::Error);
        let error = &rec.errors()[0];
        let last = (ROUNDS - 1).to_string();
        for task in 0..OWNERS {
            let key = format!("k{task}");
            assert_eq!(error.tag(&key), Some(&*last));
            assert_eq!(error.extra(&key).unwrap().to_string(), last);
            assert_eq!(error.context(&key).unwrap()["round"], ROUNDS - 1);
        }
        assert_eq!(error.tags().count(), OWNERS);
        assert_eq!((error.user_id(), error.session_id()), (None, None));
        let crumbs: HashSet<&str> = error.breadcrumbs().map(Breadcrumb::message).collect();
        assert_eq!(crumbs.len(), TASKS, "one breadcrumb of each task");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn task_writes_are_not_lost_on_many_threads() {
    owners_share_a_scope().await;
}

#[tokio::test(flavor = "current_thread")]
async fn task_writes_are_not_lost_on_one_thread() {
    owners_share_a_scope().await;
}

/// A value whose code writes to the scope, reads the scope and logs while the value is written to
/// the scope.
struct Reentrant(usize);

impl fmt::Display for Reentrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        whose::set_tag("again", self.0);
        whose::set_user(user(self.0));
        whose::add_breadcrumb(Breadcrumb::new("again"));
        whose::global().set_tag("again.global", self.0);
        whose::capture_error(&fmt::Error);
        assert_not_torn(&whose::current());
        write!(f, "{}", self.0)
    }
}

impl serde::Serialize for Reentrant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[whose::trace(tags(value = %value), fields(value = %value))]
fn by_trace(value: &Reentrant) {
    assert!(whose::current().tag("value").is_some());
}

async fn write_reentrant_values_concurrently() {
    let (shared, _) = run_concurrently(|task| async move {
        for round in 0..ROUNDS / 4 {
            let value = Reentrant(task * ROUNDS + round);
            whose::set_user(user(task));
            whose::set_extra("value", &value);
            whose::set_context("value", &value);
            whose::add_breadcrumb(Breadcrumb::new("m").with_data("value", &value));
            whose::global().set_extra("value", &value);
            by_trace(&value);
            tracing::info!(value = %value, "{value}");
            whose::error(&fmt::Error).extra("value", &value).capture();
            yield_now().await;
        }
    })
    .await;
    shared.in_scope(|| {
        let attribution = whose::current();
        assert_not_torn(&attribution);
        assert!(attribution.extra("value").unwrap().is_string());
        assert!(attribution.tag("again").is_some() && attribution.tag("again.global").is_some());
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reentrant_values_work_during_writes_on_many_threads() {
    drop(Recorder::start());
    write_reentrant_values_concurrently().await;
}

#[tokio::test(flavor = "current_thread")]
async fn reentrant_values_work_during_writes_on_one_thread() {
    drop(Recorder::start());
    write_reentrant_values_concurrently().await;
}

/// A value whose code waits until another thread has written to the same scope and read the scope.
/// The value waits for ever if `whose` holds a lock while the code runs.
struct WaitsForWrite<'a> {
    started: &'a AtomicBool,
    written: &'a AtomicBool,
}

impl serde::Serialize for WaitsForWrite<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.started.store(true, Ordering::Release);
        wait_for(self.written);
        serializer.serialize_str("waited")
    }
}

impl fmt::Display for WaitsForWrite<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.started.store(true, Ordering::Release);
        wait_for(self.written);
        f.write_str("waited")
    }
}

fn wait_for(flag: &AtomicBool) {
    while !flag.load(Ordering::Acquire) {
        std::thread::yield_now();
    }
}

/// Runs `write` with a value that waits for another thread to write to the same scope.
fn assert_no_lock_during(write: impl FnOnce(&WaitsForWrite<'_>)) {
    let (started, written) = (AtomicBool::new(false), AtomicBool::new(false));
    let scope = Scope::current();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            wait_for(&started);
            scope.in_scope(|| {
                whose::set_user("other");
                whose::set_tag("other", "yes");
                whose::set_extra("other", 1);
                whose::set_context("other", 1);
                whose::add_breadcrumb(Breadcrumb::new("other"));
                whose::global().set_tag("other.global", "yes");
                whose::capture_error(&fmt::Error);
                assert_eq!(whose::current().user_id(), Some("other"));
            });
            written.store(true, Ordering::Release);
        });
        write(&WaitsForWrite {
            started: &started,
            written: &written,
        });
    });
    assert_eq!(whose::current().tag("other"), Some("yes"));
}

#[test]
fn no_lock_is_held_while_value_code_runs() {
    let _global = isolate_global();
    let _rec = Recorder::start();
    assert_no_lock_during(|value| whose::set_extra("k", value));
    assert_no_lock_during(|value| whose::set_context("k", value));
    assert_no_lock_during(|value| whose::global().set_extra("k", value));
    assert_no_lock_during(|value| whose::isolation().unwrap().set_context("k", value));
    assert_no_lock_during(|value| drop(Scope::current().extra("k", value)));
    assert_no_lock_during(|value| {
        whose::add_breadcrumb(Breadcrumb::new("m").with_data("k", value));
    });
    assert_no_lock_during(|value| {
        whose::error(&fmt::Error).extra("k", value).capture();
    });
    assert_no_lock_during(|value| tracing::info!(k = %value));
    assert_no_lock_during(|value| {
        let span = tracing::info_span!("late", k = tracing::field::Empty);
        span.record("k", tracing::field::display(value));
    });
    assert_no_lock_during(|value| {
        whose::guard!(user = %value, tags(k = %value));
    });
}

#[test]
fn reader_never_sees_partial_write() {
    let shared = Scope::isolated();
    shared.clone().in_scope(|| whose::set_user(user(0)));
    let writing = AtomicUsize::new(4);
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let (shared, writing) = (shared.clone(), &writing);
            threads.spawn(move || {
                shared.in_scope(|| {
                    for round in 0..2_000 {
                        whose::set_user(user(thread * 2_000 + round));
                        whose::set_tags([("a", round), ("b", round)]);
                    }
                });
                writing.fetch_sub(1, Ordering::Release);
            });
        }
        shared.in_scope(|| {
            while writing.load(Ordering::Acquire) > 0 {
                let attribution = whose::current();
                assert_not_torn(&attribution);
                assert_eq!(attribution.tag("a"), attribution.tag("b"), "torn");
            }
        });
    });
}
