//! Work that carries an empty scope has no user, whichever executor polls the work.

use std::pin::pin;
use std::task::Poll;

use futures_util::future;
use tokio::runtime::Builder;
use tokio::task::LocalSet;
use tracing::{info, info_span};
use whose::testing::Recorder;
use whose::{Scope, ScopeExt as _};
use whose_tests::current::{assert_user, is_nothing_current, poll};

#[test]
fn task_carried_from_empty_scope_has_no_user_in_local_set() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let local = LocalSet::new();
    let spawned = {
        let _entered = local.enter();
        [
            whose::task::spawn_local(async { is_nothing_current() }),
            tokio::task::spawn_local(async { is_nothing_current() }.with_current_scope()),
        ]
    };
    let driven = async {
        assert_user("alice");
        for task in spawned {
            assert!(task.await.expect("the task ends"));
        }
        assert_user("alice");
    };
    // A `LocalSet` that is driven inside a scope polls its tasks inside the scope.
    runtime.block_on(local.run_until(driven).with_scope(whose::user("alice")));
}

/// The pools of `futures` and `smol` poll spawned futures inside the scope of the code that drives
/// the pool.
#[test]
fn future_carried_from_empty_scope_has_no_user_under_host() {
    let mut carried = pin!(future::lazy(|_| is_nothing_current()).with_current_scope());
    let polled = whose::user("alice").in_scope(|| poll(carried.as_mut()));
    assert_eq!(polled, Poll::Ready(true));
    let mut detached = pin!(future::lazy(|_| is_nothing_current()).with_scope(Scope::detached()));
    let polled = whose::user("alice").in_scope(|| poll(detached.as_mut()));
    assert_eq!(polled, Poll::Ready(true));
}

#[tokio::test]
async fn spawned_task_has_spawner_span_as_parent() {
    let rec = Recorder::start();
    let request = info_span!("request");
    let work = request.in_scope(|| {
        whose::user("alice").in_scope(|| whose::task::spawn(async { info!("in the task") }))
    });
    work.await.expect("the task ends");
    let blocking = request.in_scope(|| whose::task::spawn_blocking(|| info!("blocking")));
    blocking.await.expect("the task ends");
    drop(request);
    let (span, events) = (rec.span("request"), rec.events());
    assert_eq!(events[0].user_id(), Some("alice"));
    for event in events {
        assert_eq!(event.parent_id(), span.span_id(), "{event:?}");
        assert_eq!(event.trace_id(), span.trace_id());
    }
}

#[tokio::test]
async fn task_spawned_in_detached_scope_ignores_span_user() {
    let rec = Recorder::start();
    let request = whose::user("alice").in_scope(|| info_span!("request"));
    let work = request.in_scope(|| {
        assert_user("alice");
        Scope::detached().in_scope(|| whose::task::spawn(async { is_nothing_current() }))
    });
    assert!(work.await.expect("the task ends"));
    drop(request);
    assert_eq!(rec.span("request").user_id(), Some("alice"));
}
