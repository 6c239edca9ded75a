//! Spans, guards and captured stacks on one thread that polls several tasks.

#![expect(
    clippy::await_holding_invalid_type,
    reason = "guards that are held across an await are the subject"
)]

use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local, yield_now};
use tracing::{Span, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::testing::Recorder;
use whose::{Scope, ScopeExt as _};
use whose_tests::current::{assert_user, is_nothing_current, user_id};

fn current_thread() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// Runs a task on one thread. Its local tasks run between its polls.
fn run(task: impl Future<Output = ()> + 'static) {
    let local = LocalSet::new();
    let task = local.spawn_local(task);
    local.block_on(&current_thread(), task).unwrap();
}

/// Runs `driver` in a scope, inside a guard of the outer future.
fn run_driver<R>(scope: Scope, driver: impl Future<Output = R>) -> R {
    let local = LocalSet::new();
    current_thread().block_on(async {
        let _guard = whose::user("alice").enter();
        local.run_until(driver).with_scope(scope).await
    })
}

fn span_of(user: &'static str) -> Span {
    whose::user(user).in_scope(|| info_span!("span of", user))
}

async fn yield_often() {
    for _ in 0..4 {
        yield_now().await;
    }
}

/// Holds a guard of another task until the end of the test.
async fn hold_guard_elsewhere() {
    drop(spawn_local(async {
        let _guard = whose::user("zoe").enter();
        std::future::pending::<()>().await;
    }));
    yield_often().await;
}

/// Two tasks hold the same span entered; each exit ends the entry of its own task.
#[test]
fn exit_of_shared_span_ends_entry_of_own_task() {
    let _rec = Recorder::start();
    let span = span_of("alice");
    let runtime = current_thread();
    let local = LocalSet::new();
    let visit = |yields: u32| {
        let span = span.clone();
        async move {
            let entered = span.enter();
            for _ in 0..yields {
                yield_now().await;
                assert_user("alice");
            }
            drop(entered);
            for _ in 0..3 {
                assert_eq!(user_id(), None, "left after {yields}");
                yield_now().await;
            }
        }
    };
    let tasks = [1, 3, 2].map(|yields| local.spawn_local(visit(yields)));
    local.block_on(&runtime, async {
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// Entering the span changes nothing in the task of Bob, and brings Bob into the other task.
#[test]
fn noop_exit_keeps_entry_of_other_task() {
    let _rec = Recorder::start();
    run(async {
        let (enter, may_enter) = oneshot::channel();
        let (exit, may_exit) = oneshot::channel();
        let bob = async move {
            let span = info_span!("of bob");
            let entered = span.enter();
            enter.send(span.clone()).unwrap();
            may_exit.await.unwrap();
            drop(entered);
            assert_user("bob");
        };
        let bob = spawn_local(bob.with_scope(whose::user("bob")));
        let span = may_enter.await.unwrap();
        let entered = span.enter();
        exit.send(()).unwrap();
        bob.await.unwrap();
        assert_user("bob");
        drop(entered);
        assert!(is_nothing_current());
    });
}

#[test]
fn exit_ends_own_entry_around_noop_entry_of_other_task() {
    let _rec = Recorder::start();
    run(async {
        let (make, made) = oneshot::channel();
        let (enter, may_enter) = oneshot::channel();
        let (exit, may_exit) = oneshot::channel();
        let bob = async move {
            let span = info_span!("of bob");
            make.send(span.clone()).unwrap();
            may_enter.await.unwrap();
            let entered = span.enter();
            may_exit.await.unwrap();
            drop(entered);
            assert_user("bob");
        };
        let bob = spawn_local(bob.with_scope(whose::user("bob")));
        let span = made.await.unwrap();
        let entered = span.enter();
        enter.send(()).unwrap();
        yield_often().await;
        assert_user("bob");
        drop(entered);
        assert!(is_nothing_current());
        exit.send(()).unwrap();
        bob.await.unwrap();
    });
}

/// The first task enters a captured scope on the stack of the thread.
#[test]
fn noop_span_of_one_task_brings_user_into_other_task() {
    let captured = whose::user("bob").in_scope(Scope::current);
    let driver = async {
        let span = info_span!("of alice");
        let (tell, told) = oneshot::channel();
        let theirs = span.clone();
        let first = spawn_local(async move {
            let _bob = captured.enter();
            told.await.unwrap();
            assert_user("bob");
            theirs.in_scope(|| assert_user("alice"));
        });
        let second = spawn_local(async move {
            span.in_scope(|| assert_user("alice"));
            tell.send(()).unwrap();
        });
        first.await.unwrap();
        second.await.unwrap();
    };
    let subscriber = tracing_subscriber::registry().with(whose::layer());
    let _default = tracing::subscriber::set_default(subscriber);
    let local = LocalSet::new();
    let driven = local.run_until(driver).with_scope(whose::user("alice"));
    current_thread().block_on(driven);
}

/// A guard of another task is open between the two scopes. Neither scope sees the guard.
#[test]
fn outer_span_beside_guard_of_other_task_changes_nothing() {
    let _rec = Recorder::start();
    let request = async {
        let outer = info_span!("of bob");
        hold_guard_elsewhere().await;
        let inner = async {
            assert_user("carol");
            outer.in_scope(|| assert_user("carol"));
        };
        inner.with_scope(whose::user("carol")).await;
    };
    run(request.with_scope(whose::user("bob")));
}

#[test]
fn outer_span_after_other_task_guard_ended_changes_nothing() {
    let _rec = Recorder::start();
    run(async {
        let other = spawn_local(async {
            let _guard = whose::user("zoe").enter();
            yield_often().await;
        });
        yield_now().await;
        let _bob = whose::user("bob").enter();
        let outer = info_span!("of bob");
        let _carol = whose::user("carol").enter();
        outer.in_scope(|| assert_user("carol"));
        other.await.unwrap();
        assert_user("carol");
        outer.in_scope(|| assert_user("carol"));
    });
}

/// Other tasks do not change which guards end with a guard that is dropped out of order.
#[test]
fn guard_dropped_out_of_order_ends_later_scopes_of_task() {
    let runtime = current_thread();
    let visit = |between: bool| {
        let local = LocalSet::new();
        let task = local.spawn_local(async {
            let outer = whose::user("alice").enter();
            yield_now().await;
            std::mem::forget(whose::user("leaked").enter());
            drop(outer);
            user_id()
        });
        if between {
            local.spawn_local(async {
                let _guard = whose::user("bob").enter();
                yield_now().await;
                yield_now().await;
            });
        }
        let user = local.block_on(&runtime, task).unwrap();
        runtime.block_on(local);
        user
    };
    assert_eq!(visit(false), None);
    assert_eq!(visit(true), None);
}

/// The same scope is around the driver and a bare task. Only the driver has the outer guard.
#[test]
fn driver_span_brings_user_into_bare_task() {
    let _rec = Recorder::start();
    let user = run_driver(whose::tag("k", "v"), async {
        assert_user("alice");
        let span = info_span!("of alice");
        let bare = spawn_local(async move { span.in_scope(user_id) });
        bare.await.unwrap()
    });
    assert_eq!(user.as_deref(), Some("alice"));
}

#[test]
fn bare_task_span_does_not_reach_driver() {
    let _rec = Recorder::start();
    let user = run_driver(Scope::isolated(), async {
        let bare = spawn_local(async { info_span!("nobody's") });
        bare.await.unwrap().in_scope(user_id)
    });
    assert_eq!(user, None);
}

/// A flattened stack is cached under its stack id.
#[test]
fn driver_cached_answer_does_not_reach_bare_task() {
    let runtime = current_thread();
    let local = LocalSet::new();
    let user = runtime.block_on(async {
        let _guard = whose::user("alice").enter();
        let driven: std::pin::Pin<Box<dyn Future<Output = Option<String>>>> =
            Box::pin(local.run_until(async {
                let _drivers = Scope::current();
                let bare = spawn_local(async {
                    assert_eq!(user_id(), None);
                    Scope::current().in_scope(user_id)
                });
                bare.await.unwrap()
            }));
        let mut driven = driven;
        for n in 0..40 {
            driven = Box::pin(driven.with_scope(whose::tag(format!("k{n}"), "v")));
        }
        driven.await
    });
    assert_eq!(user, None);
}

/// A value whose `Debug` polls a scoped future, and leaks a guard if `leaks` is set.
struct Polls {
    leaks: bool,
}

impl std::fmt::Debug for Polls {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.leaks {
            std::mem::forget(whose::user("leaked by a value").enter());
        }
        let mut future = Box::pin(async {}.with_scope(whose::user("carol")));
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_ready());
        Ok(())
    }
}

#[test]
fn polling_value_keeps_only_guards_of_other_tasks() {
    let _rec = Recorder::start();
    for leaks in [false, true] {
        run(async move {
            let alice = spawn_local(async {
                let _guard = whose::user("alice").enter();
                yield_often().await;
                user_id()
            });
            yield_now().await;
            whose::user("bob").in_scope(|| {
                tracing::info!(x = ?Polls { leaks });
                assert_user("bob");
            });
            tracing::info!(x = ?Polls { leaks });
            assert!(is_nothing_current());
            assert_eq!(alice.await.unwrap().as_deref(), Some("alice"));
        });
    }
}

/// The id of a captured stack does not depend on the guard outside the captured scope.
#[test]
fn driver_on_captured_scope_stays_outside_task_guard() {
    let local = LocalSet::new();
    let task = local.spawn_local(async {
        let _guard = whose::user("bob").enter();
        for _ in 0..12 {
            async {}.with_scope(whose::tag("k", "v")).await;
            yield_now().await;
            assert_user("bob");
        }
    });
    current_thread().block_on(async {
        let _captured = Scope::detached().enter();
        let driver = local.run_until(std::future::pending::<()>());
        let mut driver = Box::pin(driver.with_scope(whose::user("alice")));
        let mut poll = async || {
            let once = std::future::poll_fn(|cx| Poll::Ready(driver.as_mut().poll(cx).is_ready()));
            assert!(!once.await);
        };
        poll().await;
        local.run_until(yield_often()).await;
        yield_now().await;
        poll().await;
        local.run_until(task).await.unwrap();
    });
}
