//! A task, runtime or scope that ends leaves nothing current, and a scope is open while code can
//! enter the scope.

#![expect(
    clippy::await_holding_invalid_type,
    reason = "the tests end tasks that hold guards across an await"
)]

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use tokio::runtime::Builder;
use tokio::task::{LocalSet, yield_now};
use tracing::info_span;
use whose::{Scope, ScopeExt as _};
use whose_tests::current::{assert_user, is_nothing_current, user_id};
use whose_tests::recorder::recorder;

tokio::task_local! { static HELD_GUARD: RefCell<Option<whose::Guard>>; }

#[test]
fn aborted_dropped_and_moved_tasks_leave_no_scope() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let local = LocalSet::new();
    let aborted = local.spawn_local(async {
        let _guard = whose::user("alice").enter();
        std::future::pending::<()>().await;
    });
    let moved_guard: Rc<RefCell<Option<whose::Guard>>> = Rc::default();
    local.spawn_local({
        let moved_guard = moved_guard.clone();
        async move {
            *moved_guard.borrow_mut() = Some(whose::user("bob").enter());
            yield_now().await;
            assert_user("bob");
            std::future::pending::<()>().await;
        }
    });
    local.spawn_local(HELD_GUARD.scope(RefCell::new(None), async {
        HELD_GUARD.with(|held| *held.borrow_mut() = Some(whose::user("carol").enter()));
        yield_now().await;
        assert_user("carol");
        std::future::pending::<()>().await;
    }));
    local.spawn_local(async {
        yield_now().await;
        let _guard = whose::user("dave").enter();
        yield_now().await;
        panic!("with a guard");
    });
    local.block_on(&runtime, async {
        for _ in 0..5 {
            assert!(is_nothing_current());
            yield_now().await;
        }
        aborted.abort();
        yield_now().await;
        drop(moved_guard.borrow_mut().take());
        assert!(is_nothing_current());
    });
    assert!(is_nothing_current());
    drop(local);
    assert!(is_nothing_current());
    // No task holds a guard any more, so a new scope is visible as usual.
    whose::user("erin").in_scope(|| assert_user("erin"));
}

/// Whether the request of the span is open. The span of an ended request changes nothing inside
/// another isolated scope.
fn is_open(span: &tracing::Span) -> bool {
    Scope::isolated().in_scope(|| span.in_scope(|| user_id().is_some()))
}

#[test]
fn scope_is_open_while_it_can_be_entered() {
    recorder();
    let request = Scope::isolated();
    let span = request.clone().in_scope(|| {
        whose::set_user("alice");
        info_span!("of the request")
    });
    assert!(is_open(&span));
    let clones = vec![request.clone(), request.clone().clone()];
    drop(request);
    assert!(is_open(&span));
    let unpolled = std::future::ready(()).with_scope(clones[0].clone());
    drop(clones);
    assert!(is_open(&span));
    drop(unpolled);
    assert!(!is_open(&span));
    // A panic inside the closure closes the scope too.
    for _ in 0..300 {
        let request = Scope::isolated();
        let mut kept = None;
        let _ = catch_unwind(AssertUnwindSafe(|| {
            request.in_scope(|| {
                whose::set_user("bob");
                kept = Some(info_span!("kept"));
                let _guard = Scope::current().enter();
                panic!("inside");
            })
        }));
        assert!(!is_open(kept.as_ref().unwrap()));
    }
}

#[test]
fn nested_runtime_keeps_caller_task() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let handle = runtime.handle().clone();
    runtime.block_on(async {
        let task = tokio::spawn(
            async move {
                tokio::task::block_in_place(|| {
                    let _guard = whose::user("alice").enter();
                    handle.block_on(async {
                        assert_user("alice");
                        let bare = tokio::spawn(async { is_nothing_current() });
                        assert!(bare.await.unwrap());
                        assert_user("alice");
                    });
                    assert_user("alice");
                });
                assert_user("outer");
            }
            .with_scope(whose::user("outer")),
        );
        task.await.unwrap();
        let blocking = tokio::task::spawn_blocking(|| {
            whose::user("bob").in_scope(|| {
                let inner = Builder::new_current_thread().build().unwrap();
                inner.block_on(async {
                    let bare = tokio::spawn(async { is_nothing_current() });
                    assert!(bare.await.unwrap());
                    assert_user("bob");
                });
            });
            is_nothing_current()
        });
        assert!(blocking.await.unwrap());
    });
}
