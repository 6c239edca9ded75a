//! Tasks and threads inherit no scope implicitly, and a captured stack stays bounded for any number
//! of hops.

use std::pin::Pin;
use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot::{Sender, channel};
use tracing::{Instrument as _, info, info_span};
use whose::{Scope, ScopeExt as _, Source};
use whose_tests::current::{current_user_and_session, is_nothing_current, user_id};
use whose_tests::recorder::{recorder, user_and_session};

const HOPS: u32 = 100_000;

#[tokio::test]
async fn spawned_task_starts_empty_unless_scope_is_carried() {
    let recorder = recorder();
    let spawn = || {
        let bare = tokio::spawn(async {
            info!("bare task");
            is_nothing_current()
        });
        let carried = tokio::spawn(async { user_id() }.with_current_scope());
        let ours = whose::task::spawn(async { user_id() });
        let blocking = whose::task::spawn_blocking(user_id);
        let instrumented = tokio::spawn(async { user_id() }.instrument(info_span!("task")));
        let bare_blocking = tokio::task::spawn_blocking(is_nothing_current);
        (
            [bare, bare_blocking],
            [carried, ours, blocking, instrumented],
        )
    };
    let (bare, carried) = whose::user("alice").session("s-1").in_scope(spawn);
    for is_bare in bare {
        assert!(is_bare.await.unwrap());
    }
    for carried in carried {
        assert_eq!(carried.await.unwrap().as_deref(), Some("alice"));
    }
    assert_eq!(user_and_session(&recorder.event("bare task")), (None, None));
}

#[test]
fn new_thread_starts_empty_unless_it_enters_scope() {
    whose::user("alice").in_scope(|| {
        let scope = Scope::current();
        let thread = thread::spawn(|| {
            assert!(is_nothing_current());
            let user = scope.in_scope(user_id);
            assert!(is_nothing_current());
            user
        });
        assert_eq!(thread.join().unwrap().as_deref(), Some("alice"));
    });
}

#[test]
fn captured_scope_replaces_current_scope_even_if_empty() {
    let captured = whose::user("alice").in_scope(Scope::current);
    let empty = Scope::current();
    whose::user("bob").session("s-bob").in_scope(|| {
        captured.in_scope(|| {
            let attribution = whose::current();
            assert_eq!(
                (attribution.user_id(), attribution.session_id()),
                (Some("alice"), None)
            );
        });
        for detached in [empty, Scope::detached()] {
            detached.clone().in_scope(|| {
                assert!(is_nothing_current());
                whose::user("carol").in_scope(|| {
                    assert_eq!(current_user_and_session(), (Some("carol".into()), None))
                });
                assert_eq!(info_span!("detached").in_scope(user_id), None);
            });
            let _guard = detached.enter();
            assert!(is_nothing_current());
        }
        assert_eq!(user_id().as_deref(), Some("bob"));
    });
}

#[tokio::test]
async fn child_write_to_shared_isolated_scope_is_seen_by_parent() {
    let request = async {
        let child = whose::task::spawn(async {
            whose::set_user("alice");
            let write = || whose::set_session("s-1");
            whose::task::spawn_blocking(write).await.unwrap();
        });
        child.await.unwrap();
        let attribution = whose::current();
        assert_eq!(
            (attribution.user_id(), attribution.session_id()),
            (Some("alice"), Some("s-1"))
        );
    };
    request.with_scope(Scope::isolated()).await;
    assert!(is_nothing_current());
}

#[tokio::test]
async fn child_fixed_scopes_do_not_reach_parent() {
    let request = async {
        let child = async { user_id() }.with_scope(whose::user("bob"));
        let child = whose::task::spawn(child);
        assert_eq!(child.await.unwrap().as_deref(), Some("bob"));
        assert_eq!(user_id().as_deref(), Some("alice"));
    };
    request.with_scope(whose::user("alice")).await;
}

/// Continues in a new task with the current stack and one more frame.
fn hop(n: u32, done: Sender<()>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        check_hop(n);
        if n == HOPS {
            whose::set_tag("last", "yes");
            return done.send(()).unwrap();
        }
        let mut scope = whose::tag("hop", (n + 1).to_string());
        if (n + 1).is_multiple_of(1_000) {
            scope = scope.user(format!("u-{}", n + 1)).session(n + 1);
        }
        // A hop does not await the next hop. The test awaits the last hop.
        scope.in_scope(|| drop(whose::task::spawn(hop(n + 1, done))));
    })
}

/// Checks the attribution of a hop. Every thousandth hop sets a user and a session. The hops before
/// the first of them have the user of the isolated scope of the request.
fn check_hop(n: u32) {
    let attribution = whose::current();
    assert_eq!(
        attribution.tag("hop"),
        (n > 0).then(|| n.to_string()).as_deref()
    );
    assert_eq!(attribution.tag("request"), Some("r-1"), "hop {n}");
    let last_set = n / 1_000 * 1_000;
    if last_set == 0 {
        assert_eq!(
            (attribution.user_id(), attribution.user_source()),
            (Some("first"), Some(Source::Isolation))
        );
        assert_eq!(attribution.session_id(), None);
        return;
    }
    assert_eq!(
        attribution.user_id(),
        Some(&*format!("u-{last_set}")),
        "hop {n}"
    );
    assert_eq!(
        attribution.session_id(),
        Some(&*last_set.to_string()),
        "hop {n}"
    );
    assert_eq!(attribution.user_source(), Some(Source::Scope), "hop {n}");
    assert_eq!(attribution.session_source(), Some(Source::Scope), "hop {n}");
}

#[tokio::test]
async fn respawn_chain_keeps_user_and_isolated_scope() {
    let (done, is_done) = channel();
    let request = Scope::isolated();
    request.clone().in_scope(|| {
        whose::set_user("first");
        whose::set_tag("request", "r-1");
        drop(whose::task::spawn(hop(0, done)));
    });
    is_done.await.expect("every hop passes the sender on");
    // The last hop writes into the isolated scope of the first hop.
    request.in_scope(|| assert_eq!(whose::current().tag("last"), Some("yes")));
    assert!(is_nothing_current());
}

/// Opens an isolated scope and continues in a new task inside the scope.
fn isolated_hop(n: u32, done: Sender<()>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let attribution = whose::current();
        assert_eq!(attribution.user_id(), Some(&*n.to_string()));
        assert_eq!(attribution.user_source(), Some(Source::Isolation));
        // The session is set outside all isolated scopes.
        assert_eq!(attribution.session_id(), Some("s-1"), "hop {n}");
        assert_eq!(attribution.session_source(), Some(Source::Scope), "hop {n}");
        if n == HOPS {
            return done.send(()).unwrap();
        }
        Scope::isolated().in_scope(|| {
            whose::set_user(n + 1);
            drop(whose::task::spawn(isolated_hop(n + 1, done)));
        });
    })
}

#[tokio::test]
async fn respawn_chain_of_isolated_scopes_keeps_outer_data() {
    let (done, is_done) = channel();
    let first = || {
        whose::set_user(0);
        drop(whose::task::spawn(isolated_hop(0, done)));
    };
    whose::session("s-1").in_scope(|| Scope::isolated().in_scope(first));
    is_done.await.expect("every hop passes the sender on");
}

#[test]
fn write_past_32_frames_reaches_nearest_isolated_scope() {
    let outer = Scope::isolated().user("outer").in_scope(Scope::current);
    let nearest = Scope::isolated();
    let deep = outer
        .clone()
        .in_scope(|| nearest.clone().in_scope(|| nested(100)));
    // A write through the captured stack is visible through the scope, and a write through the
    // scope is visible through the captured stack.
    deep.clone().in_scope(|| {
        assert_eq!(user_id().as_deref(), Some("outer"));
        assert_eq!(whose::current().user_source(), Some(Source::Isolation));
        assert_eq!(whose::current().tag("deep"), Some("1"));
        whose::set_user("alice");
    });
    nearest.clone().in_scope(|| {
        assert_eq!(user_id().as_deref(), Some("alice"));
        whose::set_user("bob");
    });
    deep.in_scope(|| assert_eq!(user_id().as_deref(), Some("bob")));
    outer.in_scope(|| assert_eq!(user_id().as_deref(), Some("outer")));
}

/// Captures the current scope inside `frames` more frames.
fn nested(frames: u32) -> Scope {
    match frames {
        0 => Scope::current(),
        _ => whose::tag("deep", frames.to_string()).in_scope(|| nested(frames - 1)),
    }
}

#[test]
fn isolated_scopes_past_32_frames_stay_live() {
    let _outer = Scope::isolated().enter();
    let outer = whose::isolation().unwrap();
    let _nearest = Scope::isolated().enter();
    let _frames: Vec<_> = (0..40).map(|n| whose::tag("n", n).enter()).collect();
    let before = Scope::current();
    outer.set_user("alice");
    let after = Scope::current();
    outer.set_user("bob");
    let later = Scope::current();
    let elsewhere = |scope: Scope| thread::spawn(|| scope.in_scope(user_id)).join().unwrap();
    for captured in [before, after, later] {
        assert_eq!(elsewhere(captured).as_deref(), Some("bob"));
    }
}

#[test]
fn span_past_32_frames_is_identified_late() {
    let recorder = recorder();
    let nearest = Scope::isolated();
    let deep = nearest.clone().in_scope(|| nested(40));
    let span = deep.in_scope(|| info_span!("deep"));
    nearest.in_scope(|| whose::set_user("alice"));
    drop(span);
    assert_eq!(recorder.span("deep").user_id(), Some("alice"));
}

#[test]
fn deep_nesting_does_not_overflow_stack() {
    let recorder = recorder();
    // Code that recurses over the frames overflows a small stack.
    let small = thread::Builder::new().stack_size(256 * 1024);
    let nest = || {
        let guards: Vec<_> = (0..HOPS)
            .map(|n| {
                let guard = whose::user(n).enter();
                if n.is_multiple_of(1_000) {
                    // A capture makes the frames of the stack shared.
                    drop(Scope::current());
                }
                guard
            })
            .collect();
        assert_eq!(user_id(), Some((HOPS - 1).to_string()));
        drop(info_span!("in deep nesting"));
        // The drop of the outermost guard also ends the frames on top of the guard.
        for guard in guards {
            drop(guard);
        }
        assert!(is_nothing_current());
        let mut scope = whose::user("alice").in_scope(Scope::current);
        for n in 0..HOPS {
            scope = scope.tag("n", n.to_string());
        }
        scope
            .clone()
            .in_scope(|| assert_eq!(user_id().as_deref(), Some("alice")));
        drop(scope);
    };
    small.spawn(nest).unwrap().join().unwrap();
    let last = (HOPS - 1).to_string();
    let span = recorder.span("in deep nesting");
    assert_eq!(span.user_id(), Some(&*last));
}

#[test]
fn scope_is_unchanged_after_many_thread_hops() {
    let (send, receive) = mpsc::channel::<Scope>();
    let mut scope = whose::user("alice").session("s-1").in_scope(Scope::current);
    for n in 0..50 {
        let send = send.clone();
        let hop = move || {
            let deeper = whose::tag(format!("hop-{n}"), "seen");
            let inside = scope.in_scope(|| deeper.in_scope(Scope::current));
            send.send(inside).unwrap();
            is_nothing_current()
        };
        assert!(thread::spawn(hop).join().unwrap());
        scope = receive.recv().unwrap();
    }
    scope.in_scope(|| {
        let attribution = whose::current();
        assert_eq!(
            (attribution.user_id(), attribution.session_id()),
            (Some("alice"), Some("s-1"))
        );
        assert_eq!(attribution.tags().count(), 50);
    });
}
