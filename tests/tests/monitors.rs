//! Every run of a monitored job has a start and one end, with the owner of the start.

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use tracing_subscriber::prelude::*;
use whose::testing::Recorder;
use whose::{CheckInStatus, Policy, Record, Scope, ScopeExt, Scrubber};
use whose_tests::memory_sink::MemorySink;
use whose_tests::runtimes::{many_threads, one_thread};

const DAY: Duration = Duration::from_secs(86_400);
/// Shorter than any run that sleeps.
const INSTANT: Duration = Duration::from_nanos(1);

/// The status and the error of each check-in, after a check that all belong to one run.
fn check_ins(rec: &Recorder) -> Vec<(&'static str, Option<String>)> {
    let events = rec.events();
    let check_ins: Vec<_> = events.iter().filter_map(Record::check_in).collect();
    assert!(check_ins.iter().all(|one| one.run == check_ins[0].run));
    let read = |one: &whose::CheckIn<'_>| (one.status.as_str(), one.error.map(str::to_owned));
    check_ins.iter().map(read).collect()
}

fn ended(status: &'static str, error: Option<&str>) -> Vec<(&'static str, Option<String>)> {
    vec![("started", None), (status, error.map(str::to_owned))]
}

#[test]
fn run_records_its_start_and_its_end_with_settings_and_duration() {
    let rec = Recorder::start();
    let job = whose::monitor("nightly").every(DAY).max(DAY);
    let sum = whose::user("alice")
        .session("s-1")
        .in_scope(|| job.run(|| 1 + 1));
    assert_eq!(sum, 2);

    let events = rec.events();
    let [start, end] = &events[..] else {
        panic!("{events:?}");
    };
    for event in [start, end] {
        assert_eq!(event.name(), "whose.monitor.check_in");
        assert_eq!(
            (event.user_id(), event.session_id()),
            (Some("alice"), Some("s-1"))
        );
        assert!(event.call_site().unwrap().file.ends_with("monitors.rs"));
        let check_in = event.check_in().unwrap();
        assert_eq!(check_in.monitor, "nightly");
        assert_eq!((check_in.every, check_in.max), (Some(DAY), Some(DAY)));
    }
    assert_eq!(check_ins(&rec), ended("ok", None));
    assert_eq!(start.check_in().unwrap().duration, None);
    assert!(end.check_in().unwrap().duration.is_some());
}

#[test]
fn run_that_returns_an_error_is_failed_with_its_text() {
    let rec = Recorder::start();
    let parsed = whose::monitor("import").run(|| "x".parse::<u8>());
    assert!(parsed.is_err());
    assert_eq!(
        check_ins(&rec),
        ended("failed", Some("invalid digit found in string"))
    );
}

#[test]
fn run_longer_than_its_maximum_has_overrun_and_a_failure_stays_a_failure() {
    let slow = || thread::sleep(Duration::from_millis(1));
    let rec = Recorder::start();
    whose::monitor("slow").max(INSTANT).run(slow);
    assert_eq!(check_ins(&rec), ended("overran", None));
    assert!(rec.events()[1].check_in().unwrap().has_overrun());

    let rec = Recorder::start();
    let run = whose::monitor("slow").max(INSTANT).start();
    slow();
    run.failed("no disk");
    assert_eq!(check_ins(&rec), ended("failed", Some("no disk")));
    assert!(rec.events()[1].check_in().unwrap().has_overrun());
}

#[test]
fn dropped_run_is_failed_and_a_panic_is_told_apart() {
    let rec = Recorder::start();
    drop(whose::monitor("import").start());
    assert_eq!(
        check_ins(&rec),
        ended("failed", Some("dropped before it ended"))
    );

    let rec = Recorder::start();
    let panicked = catch_unwind(|| whose::monitor("import").run(|| panic!("no disk")));
    let _: thread::Result<()> = panicked;
    assert_eq!(check_ins(&rec), ended("failed", Some("panicked")));
}

/// Runs `work` in a destructor while the thread panics.
fn during_a_panic(work: impl Fn()) {
    struct Cleanup<F: Fn()>(F);
    impl<F: Fn()> Drop for Cleanup<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _cleanup = Cleanup(work);
        panic!("no disk")
    }));
    let _: thread::Result<()> = panicked;
}

#[whose::monitor("cleanup")]
fn cleanup() {}

#[test]
fn run_in_a_destructor_during_a_panic_ends_as_it_ends() {
    let rec = Recorder::start();
    during_a_panic(|| whose::monitor("cleanup").run(|| ()));
    assert_eq!(check_ins(&rec), ended("ok", None));

    let rec = Recorder::start();
    during_a_panic(cleanup);
    assert_eq!(check_ins(&rec), ended("ok", None));

    let rec = Recorder::start();
    during_a_panic(|| drop(whose::monitor("cleanup").start()));
    assert_eq!(
        check_ins(&rec),
        ended("failed", Some("dropped before it ended"))
    );
}

#[test]
fn error_of_a_run_passes_the_policy() {
    let kept = MemorySink::default();
    let policy = Policy::new().with_scrubber(Scrubber::default());
    let layer = whose::layer().with_policy(policy).unwrap();
    let layer = layer.with_sink(kept.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let run = whose::monitor("import").start();
        run.failed("refused by bob@example.com");
    });
    let records = kept.records();
    let error = records[1].check_in().unwrap().error.unwrap();
    assert!(
        error.starts_with("refused by") && !error.contains("bob"),
        "{error}"
    );
}

#[test]
fn error_of_a_run_is_a_message_for_the_policy() {
    let kept = MemorySink::default();
    let layer = whose::layer()
        .with_policy(Policy::new().drop("message"))
        .unwrap();
    let layer = layer.with_sink(kept.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let run = whose::monitor("import").start();
        run.failed("refused by bob");
    });
    let records = kept.records();
    let end = records[1].check_in().unwrap();
    assert_eq!((end.status, end.error), (CheckInStatus::Failed, None));
}

#[test]
fn error_that_panics_while_it_is_printed_does_not_reach_the_job() {
    struct Hostile;
    impl std::fmt::Display for Hostile {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("hostile")
        }
    }
    let rec = Recorder::start();
    whose::monitor("import").start().failed(Hostile);
    assert_eq!(
        check_ins(&rec),
        ended("failed", Some("<panicked while it was printed>"))
    );
}

#[test]
fn end_on_another_thread_belongs_to_the_user_and_the_span_of_the_start() {
    let rec = Recorder::start();
    let run = whose::user("alice")
        .in_scope(|| tracing::info_span!("job").in_scope(|| whose::monitor("import").start()));
    // A subscriber of a thread, as of a test, is not that of the other thread.
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let end = move || {
        tracing::dispatcher::with_default(&dispatch, || {
            whose::user("bob").in_scope(|| run.ok());
        });
    };
    thread::spawn(end).join().unwrap();
    let events = rec.events();
    assert_eq!(events.len(), 2);
    for event in &events {
        assert_eq!(event.user_id(), Some("alice"));
        assert_eq!(event.span_id(), rec.span("job").span_id());
    }
}

#[test]
fn end_belongs_to_the_user_of_the_start_where_the_scope_is_given_another_user() {
    let rec = Recorder::start();
    let start = || {
        whose::set_user("alice");
        whose::set_session("s-alice");
        whose::set_actor("operator");
        whose::monitor("import").start()
    };
    let changes: [fn(); 3] = [
        || whose::set_user("bob"),
        whose::clear_user,
        whose::set_anonymous,
    ];
    for change in changes {
        Scope::isolated().in_scope(|| {
            let run = start();
            whose::set_session("s-bob");
            change();
            run.ok();
        });
    }
    let events = rec.events();
    assert_eq!(events.len(), 2 * changes.len());
    for event in &events {
        assert_eq!(
            (event.user_id(), event.session_id(), event.actor_id()),
            (Some("alice"), Some("s-alice"), Some("operator"))
        );
    }
}

#[test]
fn end_after_a_late_login_belongs_to_the_user_of_the_login() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        let run = whose::monitor("import").start();
        whose::set_user("alice");
        run.ok();
    });
    let events = rec.events();
    let ids: Vec<_> = events.iter().map(Record::user_id).collect();
    assert_eq!(ids, [None, Some("alice")]);
    assert!(events[0].scope_id().is_some());
}

#[test]
fn check_in_without_a_name_belongs_to_no_job() {
    let rec = Recorder::start();
    whose::monitor("").run(|| ());
    assert_eq!(rec.events().len(), 2);
    assert_eq!(check_ins(&rec), []);
}

#[test]
fn long_names_stay_distinct() {
    let rec = Recorder::start();
    for last in ["a", "b"] {
        whose::monitor("n".repeat(1_000) + last).run(|| ());
    }
    let events = rec.events();
    let name = |at: usize| events[at].check_in().unwrap().monitor.to_owned();
    assert_ne!(name(0), name(2));
    assert_eq!(name(0).len(), whose::Limits::ID_BYTES);
}

#[test]
fn future_starts_at_its_first_poll_and_ends_when_it_is_ready() {
    for runtime in [one_thread(), many_threads()] {
        let rec = Recorder::start();
        let job = whose::monitor("import").run_async(async {
            tokio::task::yield_now().await;
            Err::<(), _>("no disk")
        });
        assert_eq!(rec.events().len(), 0);
        assert!(
            runtime
                .block_on(job.with_scope(whose::user("alice")))
                .is_err()
        );
        assert_eq!(check_ins(&rec), ended("failed", Some("no disk")));
        assert!(
            rec.events()
                .iter()
                .all(|event| event.user_id() == Some("alice"))
        );
    }
}

#[test]
fn future_that_is_never_polled_records_nothing() {
    let rec = Recorder::start();
    drop(whose::monitor("import").run_async(async {}));
    assert_eq!(rec.events().len(), 0);
}

#[test]
fn future_that_is_dropped_before_its_end_is_failed() {
    for runtime in [one_thread(), many_threads()] {
        let rec = Recorder::start();
        runtime.block_on(async {
            let job = whose::monitor("import").run_async(pending::<()>());
            let timeout = tokio::time::timeout(Duration::from_millis(1), job);
            assert!(timeout.await.is_err());
        });
        assert_eq!(
            check_ins(&rec),
            ended("failed", Some("dropped before it ended"))
        );
    }
}

#[test]
fn panic_of_a_task_is_recorded_although_the_runtime_catches_it() {
    for runtime in [one_thread(), many_threads()] {
        let rec = Recorder::start();
        let job = whose::monitor("import").run_async(async {
            tokio::task::yield_now().await;
            panic!("no disk")
        });
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let job = tracing::instrument::WithSubscriber::with_subscriber(job, dispatch);
        let joined: Result<(), _> = runtime.block_on(runtime.spawn(job.with_current_scope()));
        assert!(joined.unwrap_err().is_panic());
        assert_eq!(check_ins(&rec), ended("failed", Some("panicked")));
    }
}

#[test]
fn panic_of_a_poll_is_recorded_before_the_future_is_dropped() {
    let rec = Recorder::start();
    let mut job = Box::pin(whose::monitor("import").run_async(async { panic!("no disk") }));
    let poll = || {
        let _: Poll<()> = job.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    };
    assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
    assert_eq!(check_ins(&rec), ended("failed", Some("panicked")));
    drop(job);
    assert_eq!(check_ins(&rec).len(), 2);
}

#[test]
fn runs_at_the_same_time_keep_apart() {
    for runtime in [one_thread(), many_threads()] {
        let rec = Recorder::start();
        let job = |number: u32| {
            let job = whose::monitor("import").run_async(async move {
                tokio::task::yield_now().await;
                number.is_multiple_of(2).then_some(()).ok_or("odd")
            });
            job.with_scope(whose::user(number))
        };
        runtime.block_on(async {
            let jobs: Vec<_> = (0..20).map(job).collect();
            let mut set = tokio::task::JoinSet::new();
            for job in jobs {
                let dispatch = tracing::dispatcher::get_default(Clone::clone);
                let job = tracing::instrument::WithSubscriber::with_subscriber(job, dispatch);
                set.spawn(job);
            }
            while let Some(joined) = set.join_next().await {
                let _: Result<(), &str> = joined.unwrap();
            }
        });
        let events = rec.events();
        for start in events
            .iter()
            .filter(|event| is(event, CheckInStatus::Started))
        {
            let run = start.check_in().unwrap().run;
            let of_run = |event: &&Record| event.check_in().unwrap().run == run;
            let ends: Vec<_> = events.iter().filter(of_run).collect();
            assert_eq!(ends.len(), 2);
            assert!(ends.iter().all(|event| event.user_id() == start.user_id()));
        }
    }
}

fn is(event: &Record, status: CheckInStatus) -> bool {
    event.check_in().is_some_and(|one| one.status == status)
}

#[test]
fn run_without_a_layer_is_counted_as_unheard() {
    let before = whose::stats().unheard_reports;
    let nothing = tracing::subscriber::NoSubscriber::default();
    tracing::subscriber::with_default(nothing, || whose::monitor("import").run(|| ()));
    assert!(whose::stats().unheard_reports >= before + 2);
}
