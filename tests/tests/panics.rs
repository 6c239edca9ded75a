//! Panics are recorded with the current user of the panicking thread.

use std::fmt;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tracing_subscriber::prelude::*;
use whose::testing::Recorder;
use whose::{Record, RecordSink, ScopeExt, Status};

/// Installs the panic hook of `whose` once for this process, over a hook that counts its calls.
fn install_hook() -> &'static AtomicUsize {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|_| {
            CALLS.fetch_add(1, Ordering::Relaxed);
        }));
        whose::panic::install();
        whose::panic::install();
    });
    &CALLS
}

fn panics(rec: &Recorder) -> Vec<Record> {
    let mut errors = rec.errors();
    errors.retain(|error| error.error_type() == Some("panic"));
    errors
}

const NO_PAGE_LINE: u32 = line!() + 2;
fn no_page() {
    panic!("page {}", 404)
}

#[test]
fn panic_is_recorded_with_location_and_user() {
    let calls = install_hook();
    let rec = Recorder::start();
    let before = calls.load(Ordering::Relaxed);
    let result = catch_unwind(|| {
        whose::user("alice")
            .session("s-1")
            .tag("plan", "pro")
            .in_scope(|| {
                tracing::info_span!("outer")
                    .in_scope(|| tracing::info_span!("inner").in_scope(no_page))
            })
    });
    assert!(result.is_err());
    assert!(
        calls.load(Ordering::Relaxed) > before,
        "the previous hook is called"
    );
    let all = panics(&rec);
    assert_eq!(all.len(), 1, "a hook installed twice records once");
    let panic = &all[0];
    assert_eq!(
        (panic.message(), panic.status()),
        (Some("page 404"), Status::Error)
    );
    assert_eq!(
        (panic.user_id(), panic.session_id()),
        (Some("alice"), Some("s-1"))
    );
    assert_eq!(panic.tag("plan"), Some("pro"));
    assert_eq!(panic.level(), tracing::Level::ERROR);
    let site = panic.call_site().unwrap();
    assert!(site.file.ends_with("panics.rs"));
    assert_eq!(site.line, NO_PAGE_LINE);
    assert!(panic.span_path().eq(["inner", "outer"]));
    assert_eq!(panic.parent_id(), rec.span("inner").span_id());
    assert!(panic.fingerprint().is_some());
    assert!(
        panic
            .field("thread.name")
            .unwrap()
            .as_str()
            .unwrap()
            .contains("panic_is_recorded")
    );
}

#[test]
fn every_payload_and_thread_is_recorded() {
    install_hook();
    let rec = Recorder::start();
    let scope = whose::Scope::current().user("bob");
    let thread = std::thread::Builder::new().name("worker".into());
    let thread = thread.spawn(move || scope.in_scope(|| std::panic::panic_any(7_u8)));
    assert!(thread.unwrap().join().is_err());
    let all = panics(&rec);
    assert_eq!(all[0].message(), Some("a panic without a message"));
    assert_eq!(all[0].user_id(), Some("bob"));
    assert_eq!(all[0].field("thread.name").unwrap(), &"worker");
}

#[whose::trace(user_id = id, err)]
async fn panics_later(id: u32) -> Result<(), String> {
    for _ in 0..id % 5 {
        tokio::task::yield_now().await;
    }
    whose::set_tag("late", "yes");
    panic!("task {id}")
}

async fn many_tasks_panic() {
    const TASKS: u32 = 64;
    install_hook();
    let rec = Recorder::start();
    let tasks: Vec<_> = (0..TASKS)
        .map(|id| tokio::spawn(panics_later(id).with_scope(whose::Scope::current())))
        .collect();
    for task in tasks {
        assert!(task.await.unwrap_err().is_panic());
    }
    let mut seen: Vec<u32> = panics(&rec)
        .iter()
        .map(|panic| {
            let id = panic.user_id().unwrap();
            assert_eq!(panic.message().unwrap(), format!("task {id}"));
            assert!(panic.span_path().eq(["panics_later"]));
            assert_eq!(panic.tag("late"), Some("yes"));
            id.parse().unwrap()
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..TASKS).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn task_panic_has_task_user_on_many_threads() {
    many_tasks_panic().await;
}

#[tokio::test]
async fn task_panic_has_task_user_on_one_thread() {
    many_tasks_panic().await;
}

struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("cannot be shown")
    }
}

#[test]
fn panics_caught_by_whose_are_not_recorded() {
    let calls = install_hook();
    let rec = Recorder::start();
    let before = calls.load(Ordering::Relaxed);
    tracing::info!(value = %Broken, "shows what it can");
    whose::capture_message(Broken);
    assert!(
        calls.load(Ordering::Relaxed) >= before + 2,
        "the previous hook sees each caught panic"
    );
    assert!(panics(&rec).is_empty());
    assert_eq!((rec.events().len(), rec.errors().len()), (1, 1));
}

/// A sink that counts its records and panics at each of them.
struct PanickingSink(Arc<AtomicUsize>);

impl RecordSink for PanickingSink {
    fn record(&self, _: &Arc<Record>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        panic!("the sink is broken");
    }
}

#[test]
fn panicking_sink_neither_aborts_nor_loops() {
    install_hook();
    let taken = Arc::new(AtomicUsize::new(0));
    let layer = whose::layer().with_sink(PanickingSink(taken.clone()));
    let before = whose::stats().sink_panics;
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let rec = Recorder::start();
        assert!(catch_unwind(|| panic!("once")).is_err());
        assert_eq!(panics(&rec).len(), 1, "the recorder gets the record");
    });
    assert_eq!(taken.load(Ordering::SeqCst), 1);
    assert!(whose::stats().sink_panics > before);
}

/// A sink that locks a mutex of the application.
struct LockedSink(Arc<std::sync::Mutex<Vec<Option<String>>>>);

impl RecordSink for LockedSink {
    fn record(&self, record: &Arc<Record>) {
        let message = record.message().map(String::from);
        self.0
            .lock()
            .unwrap_or_else(|lock| lock.into_inner())
            .push(message);
    }
}

#[test]
fn sink_waiting_for_panicking_thread_times_out() {
    install_hook();
    let kept = Arc::new(std::sync::Mutex::new(Vec::new()));
    let layer = whose::layer().with_sink(LockedSink(kept.clone()));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let result = catch_unwind(|| {
            let _held = kept.lock().unwrap();
            panic!("while the sink's lock is held");
        });
        assert!(result.is_err());
    });
    // The unwinding releases the lock, so the record arrives late.
    let text = Some("while the sink's lock is held".to_owned());
    for _ in 0..6_000 {
        if kept
            .lock()
            .unwrap_or_else(|lock| lock.into_inner())
            .contains(&text)
        {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the record was lost");
}

#[test]
fn panic_while_printing_late_field_is_recorded() {
    install_hook();
    struct PanicsIf(bool);
    impl fmt::Debug for PanicsIf {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            if self.0 {
                panic!("cannot be shown")
            } else {
                f.write_str("shown")
            }
        }
    }
    let subscriber = tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::sink))
        .with(whose::layer());
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        let span = tracing::info_span!("work", late = ?PanicsIf(false));
        // The panic poisons the span for every layer, so an exit would panic again.
        std::mem::forget(span.clone().entered());
        // The `fmt` layer locks the span while it prints, and does not catch the panic.
        let result = catch_unwind(std::panic::AssertUnwindSafe(|| {
            whose::user("alice")
                .in_scope(|| span.record("late", tracing::field::debug(PanicsIf(true))));
        }));
        assert!(result.is_err());
        std::mem::forget(span);
        let text = "cannot be shown";
        for _ in 0..6_000 {
            if panics(&rec)
                .iter()
                .any(|panic| panic.message() == Some(text))
            {
                assert_eq!(panics(&rec)[0].user_id(), Some("alice"));
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the record was lost");
    });
}

#[test]
fn backtrace_setting_keeps_and_groups_backtraces() {
    install_hook();
    #[inline(never)]
    fn first_site(text: &str) {
        whose::capture_message(text);
    }
    #[inline(never)]
    fn second_site(text: &str) {
        whose::capture_message(text);
    }
    let layer = whose::layer().with_backtraces(true);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let rec = Recorder::start();
        for text in ["a", "b"] {
            first_site(text);
        }
        second_site("a");
        assert!(catch_unwind(|| panic!("c")).is_err());
        let all = rec.errors();
        assert!(all.iter().all(|error| {
            let backtrace = error.backtrace().unwrap();
            backtrace.contains("backtrace_setting_keeps")
                && backtrace.len() <= whose::Limits::BACKTRACE_BYTES
        }));
        let fingerprints: Vec<_> = all
            .iter()
            .map(|error| error.fingerprint().unwrap())
            .collect();
        assert_eq!(fingerprints[0], fingerprints[1], "same call site");
        assert_ne!(fingerprints[0], fingerprints[2], "other call site");
        assert!(!fingerprints[..3].contains(&fingerprints[3]));
    });
}

#[test]
fn panic_carries_breadcrumbs() {
    install_hook();
    let rec = Recorder::start();
    whose::set_extra("cart", 3);
    whose::add_breadcrumb(whose::Breadcrumb::new("opened checkout"));
    assert!(catch_unwind(no_page).is_err());
    let panic = &panics(&rec)[0];
    let crumbs: Vec<_> = panic
        .breadcrumbs()
        .map(whose::Breadcrumb::message)
        .collect();
    assert_eq!(crumbs, ["opened checkout"]);
    assert_eq!(panic.extra("cart").and_then(|cart| cart.as_u64()), Some(3));
}
