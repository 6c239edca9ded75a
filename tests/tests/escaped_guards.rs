//! A guard that escapes its closure or poll ends no other scope, and a scope that is dropped
//! elsewhere changes no other scope.

use std::future::{Future, poll_fn};
use std::mem::forget;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use whose::{Scope, ScopeExt, User};

fn user() -> Option<String> {
    whose::current().user_id().map(Into::into)
}

#[test]
fn outer_guard_dropped_in_closure_keeps_closure_user() {
    for captured in [false, true] {
        let _alice = whose::user("alice").enter();
        let outer = whose::user("outer").enter();
        let bob = whose::user("bob");
        let bob = if captured {
            bob.in_scope(Scope::current)
        } else {
            bob
        };
        bob.in_scope(|| {
            drop(outer);
            assert_eq!(user().as_deref(), Some("bob"));
        });
        assert_eq!(user().as_deref(), Some("alice"));
    }
}

#[test]
fn captured_guard_dropped_in_poll_keeps_future_scope() {
    let _alice = whose::user("alice").enter();
    let mut held = Some(whose::user("held").in_scope(Scope::current).enter());
    let mut future = pin!(
        poll_fn(|_| {
            held.take();
            assert_eq!(user().as_deref(), Some("bob"));
            Poll::<()>::Pending
        })
        .with_scope(whose::user("bob"))
    );
    for _ in 0..3 {
        assert!(
            future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
        assert_eq!(user().as_deref(), Some("alice"));
    }
}

#[test]
fn guard_escaping_closure_ends_no_other_scope() {
    let _alice = whose::user("alice").enter();
    let captured = whose::user("captured").in_scope(Scope::current);
    let _captured = captured.clone().enter();
    let escaped = whose::user("x").in_scope(|| captured.clone().enter());
    drop(escaped);
    assert_eq!(user().as_deref(), Some("captured"));
}

#[test]
fn guard_leaked_after_outer_drop_ends_with_closure() {
    let outer = whose::user("outer").enter();
    Scope::new().in_scope(|| {
        drop(outer);
        forget(whose::user("leaked").enter());
    });
    assert_eq!(user(), None);
}

#[test]
fn destructor_write_does_not_reach_dropping_request() {
    struct Writes;
    impl Drop for Writes {
        fn drop(&mut self) {
            whose::set_user("mallory");
        }
    }
    let captured = whose::user("mallory").in_scope(Scope::current);
    let writes = Writes;
    let future = async move { drop(writes) }.with_scope(captured);
    Scope::isolated().in_scope(|| {
        whose::set_user("alice");
        drop(future);
        assert_eq!(user().as_deref(), Some("alice"));
    });
}

#[test]
fn remote_user_on_captured_scope_keeps_remote_rank() {
    whose::user("authenticated").in_scope(|| {
        let claimed = Scope::current().user("claimed").session("theirs").remote();
        claimed.in_scope(|| {
            assert_eq!(user().as_deref(), Some("authenticated"));
            assert_eq!(whose::current().session_id(), None);
        });
    });
}

#[test]
fn long_ids_stay_distinct_through_every_entry_point() {
    let rec = whose::testing::Recorder::start();
    let (a, b) = ("x".repeat(20_000) + "a", "x".repeat(20_000) + "b");
    for id in [&a, &b] {
        tracing::info!(user.id = id.as_str(), "by a string");
        tracing::info!(user.id = %id, "by its display");
        whose::user(id).in_scope(|| tracing::info!("by a scope"));
    }
    let ids: Vec<_> = rec
        .events()
        .iter()
        .map(|event| event.user_id().unwrap().to_owned())
        .collect();
    assert!(
        ids[..3].iter().all(|id| *id == ids[0]),
        "every entry point gives one id"
    );
    assert!(ids[3..].iter().all(|id| *id == ids[3]));
    assert_ne!(ids[0], ids[3]);
}

#[test]
fn unknown_user_field_stays_field() {
    let rec = whose::testing::Recorder::start();
    tracing::info!(user.id = "alice", user.role = "admin", "x");
    assert_eq!(rec.events()[0].field("user.role").unwrap(), &"admin");
}

#[test]
fn debug_hides_user_and_is_shallow() {
    let guards: Vec<_> = (0..100_000)
        .map(|n| whose::user(User::new(format!("secret-{n}"))).enter())
        .collect();
    let scoped = std::future::ready(()).with_current_scope();
    let debug_text = format!("{scoped:?} {:?} {:?}", whose::global(), Scope::current());
    assert!(!debug_text.contains("secret"), "{debug_text}");
    for guard in guards.into_iter().rev() {
        drop(guard);
    }
}
