//! Spans, guards and captured stacks where one thread polls several tasks.

#![expect(
    clippy::await_holding_invalid_type,
    reason = "guards that are held across an await are the subject"
)]

use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local, yield_now};
use tracing::info_span;
use whose::testing::Recorder;
use whose::{Scope, ScopeExt as _};
use whose_tests::here::{assert_user, user_id};

/// Two tasks hold the same span entered; each exit ends the entry of its own task.
#[test]
fn exit_of_a_shared_span_ends_the_entry_of_its_own_task() {
    let _rec = Recorder::start();
    let span = whose::user("alice").in_scope(|| info_span!("shared"));
    let runtime = Builder::new_current_thread().build().unwrap();
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

/// What guards end with a guard that is dropped out of order does not depend on other tasks.
#[test]
fn guard_dropped_out_of_order_ends_what_its_task_opened_on_top_of_it() {
    let runtime = Builder::new_current_thread().build().unwrap();
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

/// The same scope is around the driver and a bare task; only the driver has the guard outside.
#[test]
fn span_of_the_driver_brings_its_user_into_a_bare_task() {
    let _rec = Recorder::start();
    let runtime = Builder::new_current_thread().build().unwrap();
    let local = LocalSet::new();
    let user = runtime.block_on(async {
        let _guard = whose::user("alice").enter();
        let driven = local.run_until(async {
            assert_user("alice");
            let span = info_span!("of alice");
            spawn_local(async move { span.in_scope(user_id) })
                .await
                .unwrap()
        });
        driven.with_scope(whose::tag("k", "v")).await
    });
    assert_eq!(user.as_deref(), Some("alice"));
}

#[test]
fn span_of_a_bare_task_does_not_become_the_drivers() {
    let _rec = Recorder::start();
    let runtime = Builder::new_current_thread().build().unwrap();
    let local = LocalSet::new();
    let user = runtime.block_on(async {
        let _guard = whose::user("alice").enter();
        let driven = local.run_until(async {
            let span = spawn_local(async { info_span!("nobody's") }).await.unwrap();
            span.in_scope(user_id)
        });
        driven.with_scope(Scope::isolated()).await
    });
    assert_eq!(user, None);
}

/// The sum of a deep stack is kept by its number.
#[test]
fn sum_of_the_driver_is_not_given_to_a_bare_task() {
    let runtime = Builder::new_current_thread().build().unwrap();
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
