//! A guard, closure or entered span belongs to the task that enters the scope or span. Other tasks
//! on the same thread do not see the user.

#![expect(
    clippy::await_holding_invalid_type,
    reason = "the tests hold guards across an await"
)]

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, spawn_local, yield_now};
use tracing::{Instrument as _, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::testing::Recorder;
use whose::{Scope, ScopeExt as _};
use whose_tests::current::{assert_user, is_nothing_current, user_id};

fn runtimes() -> [Runtime; 2] {
    let multi = Builder::new_multi_thread().enable_all().build();
    let current = Builder::new_current_thread().enable_all().build();
    [multi.expect("a runtime"), current.expect("a runtime")]
}

/// Whether nothing is current in a task without a scope that the runtime polls while the caller
/// awaits the task.
async fn is_bare_task_empty() -> bool {
    let task = tokio::spawn(async {
        yield_now().await;
        is_nothing_current()
    });
    task.await.expect("the task ends")
}

#[tokio::test]
async fn guard_in_async_test_is_hidden_from_other_tasks() {
    whose::guard!(user = "alice", session = "s-1");
    assert!(is_bare_task_empty().await);
    assert_user("alice");
    whose::set_tag("refused", "no isolated scope is open");
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_user("alice");
}

#[tokio::test]
async fn recorder_in_async_test_is_hidden_from_bare_tasks() {
    let rec = Recorder::start();
    whose::set_user("alice");
    let bare = tokio::spawn(async { tracing::info!("bare") });
    let carried = whose::task::spawn(async { tracing::info!("carried") });
    bare.await.expect("the task ends");
    carried.await.expect("the task ends");
    let [event] = &rec.events()[..] else {
        panic!("one event: {:?}", rec.events())
    };
    assert_eq!(
        (event.message(), event.user_id()),
        (Some("carried"), Some("alice"))
    );
}

#[test]
fn closure_around_runtime_is_hidden_from_its_tasks() {
    for runtime in runtimes() {
        whose::user("alice").in_scope(|| {
            runtime.block_on(async {
                assert_user("alice");
                assert!(is_bare_task_empty().await);
                assert_user("alice");
                let task = whose::task::spawn(async { user_id() });
                assert_eq!(task.await.expect("the task ends").as_deref(), Some("alice"));
            });
            assert_user("alice");
        });
        assert!(is_nothing_current());
    }
}

#[test]
fn guard_around_runtime_is_hidden_from_its_tasks() {
    for runtime in runtimes() {
        let _guard = Scope::isolated().user("alice").enter();
        runtime.block_on(async {
            let before = whose::stats().refused_writes;
            let writes = tokio::spawn(async { whose::set_user("bob") });
            writes.await.expect("the task ends");
            assert!(whose::stats().refused_writes > before);
            assert!(is_bare_task_empty().await);
        });
        assert_user("alice");
    }
}

#[test]
fn span_around_runtime_is_hidden_from_its_tasks() {
    let _rec = Recorder::start();
    let alice_span = whose::user("alice").in_scope(|| info_span!("of alice"));
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let _entered = alice_span.enter();
    assert_user("alice");
    runtime.block_on(async { assert!(is_bare_task_empty().await) });
    assert_user("alice");
}

/// The guards of a task stay open while the other tasks run.
#[test]
fn guards_across_awaits_stay_in_their_tasks() {
    let visit = |user: &'static str| async move {
        for _ in 0..10 {
            let outer = whose::user(user).enter();
            yield_now().await;
            assert_user(user);
            let inner = whose::session(user).enter();
            yield_now().await;
            assert_user(user);
            drop(inner);
            yield_now().await;
            assert_user(user);
            drop(outer);
            yield_now().await;
            assert!(is_nothing_current());
        }
    };
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let local = LocalSet::new();
    let tasks = [
        "alice",
        "bob",
        "carol",
        "a user whose id is too long to be kept inline",
    ];
    for user in tasks.into_iter().cycle().take(20) {
        local.spawn_local(visit(user));
    }
    let bare = local.spawn_local(async {
        for _ in 0..50 {
            assert!(is_nothing_current());
            yield_now().await;
        }
    });
    runtime.block_on(local);
    runtime.block_on(bare).expect("the bare task ends");
    assert!(is_nothing_current());
}

#[test]
fn scoped_future_beside_guard_of_other_task_keeps_user() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let local = LocalSet::new();
    local.spawn_local(async {
        let _guard = whose::user("alice").enter();
        for _ in 0..10 {
            yield_now().await;
            assert_user("alice");
        }
    });
    local.spawn_local(
        async {
            for _ in 0..5 {
                assert_user("bob");
                let captured = Scope::current();
                let span = info_span!("of bob");
                yield_now().await;
                let nested = spawn_local(async { user_id() }.with_scope(captured));
                assert_eq!(nested.await.expect("the task ends").as_deref(), Some("bob"));
                let instrumented = spawn_local(async { user_id() }.instrument(span));
                let instrumented = instrumented.await.expect("the task ends");
                // Without a subscriber the span carries nothing.
                assert!(instrumented.is_none() || instrumented.as_deref() == Some("bob"));
            }
        }
        .with_scope(whose::user("bob")),
    );
    runtime.block_on(local);
    assert!(is_nothing_current());
}

#[test]
fn span_beside_guard_of_other_task_brings_its_user() {
    let rec = Recorder::start();
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let local = LocalSet::new();
    let bob_span = whose::user("bob").in_scope(|| info_span!("of bob"));
    local.spawn_local(async {
        let _guard = whose::user("alice").enter();
        for _ in 0..10 {
            yield_now().await;
            assert_user("alice");
        }
    });
    let work = async {
        for n in 0..5 {
            assert_user("bob");
            info_span!("inside", n).in_scope(|| assert_user("bob"));
            yield_now().await;
        }
    };
    local.spawn_local(work.instrument(bob_span));
    runtime.block_on(local);
    let spans = rec.spans();
    let inside = spans.iter().filter(|span| span.name() == "inside");
    assert_eq!(
        inside.filter(|span| span.user_id() == Some("bob")).count(),
        5
    );
}

/// A scoped future ends the guards of the future after each poll. The user is lost after the await,
/// the loss is counted, and no other task sees the user.
#[test]
fn guard_across_await_in_scoped_future_is_counted() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let before = whose::stats().guards_across_await;
    let request = async {
        let _guard = whose::user("alice").enter();
        assert_user("alice");
        yield_now().await;
        assert!(user_id().is_none());
    };
    runtime.block_on(request.with_scope(Scope::isolated()));
    assert!(whose::stats().guards_across_await > before);
}

#[test]
fn closure_driving_local_tasks_keeps_their_guards() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let local = LocalSet::new();
    let task = whose::user("alice").in_scope(|| {
        let task = local.spawn_local(async {
            let _guard = whose::user("bob").enter();
            yield_now().await;
            yield_now().await;
            user_id()
        });
        // The task holds its guard when the closure ends.
        local.block_on(&runtime, yield_now());
        task
    });
    let user = local.block_on(&runtime, task).expect("the task ends");
    assert_eq!(user.as_deref(), Some("bob"));
    assert!(is_nothing_current());
}

/// The scope surrounds each poll of the set, and so surrounds the guards that the tasks of the set
/// hold between polls.
#[test]
fn guard_across_await_is_inside_driver_poll_scope() {
    let subscriber = tracing_subscriber::registry().with(whose::layer());
    let _default = tracing::subscriber::set_default(subscriber);
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let local = LocalSet::new();
    let driver = async {
        let span = info_span!("of alice");
        let task = spawn_local(async move {
            let _guard = whose::user("bob").enter();
            for _ in 0..3 {
                yield_now().await;
                assert_user("bob");
                span.in_scope(|| assert_user("bob"));
            }
        });
        for _ in 0..3 {
            yield_now().await;
            assert_user("alice");
        }
        task.await.expect("the task ends");
    };
    let driven = local.run_until(driver).with_scope(whose::user("alice"));
    runtime.block_on(driven);
    assert!(is_nothing_current());
}

/// The task opens its guard before the driver has a scope.
#[test]
fn guard_across_await_is_inside_later_driver_scope() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let local = LocalSet::new();
    let task = local.spawn_local(async {
        let _guard = whose::user("bob").enter();
        for _ in 0..6 {
            yield_now().await;
            assert_user("bob");
        }
    });
    runtime.block_on(local.run_until(yield_now()));
    let driven = local.run_until(task).with_scope(whose::user("alice"));
    runtime.block_on(driven).expect("the task ends");
    assert!(is_nothing_current());
}
