//! Entered spans: each exit undoes its own entry and no other, in every order, and guards dropped
//! in between end only the scopes that they opened.

use std::future::poll_fn;
use std::mem::forget;
use std::task::Poll;

use tracing::field::Empty;
use tracing::span::EnteredSpan;
use tracing::{Span, info, info_span};
use whose::{Scope, ScopeExt as _, Source};
use whose_tests::current::{assert_user, is_nothing_current, poll, user_id};
use whose_tests::recorder::recorder;

/// A span that is created in a scope of this user.
fn span_of(user: &str) -> Span {
    recorder();
    whose::user(user).in_scope(|| info_span!("span of", who = user))
}

#[test]
fn each_exit_undoes_its_own_entry_in_any_order() {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in orders {
        // With `leaks`, a leaked guard inside each span stays open until the exit.
        for leaks in [false, true] {
            let mut entered: Vec<Option<EnteredSpan>> = (0..3)
                .map(|n| {
                    let entered = span_of(&n.to_string()).entered();
                    if leaks {
                        forget(whose::user(n).tag("leaked", "yes").enter());
                    }
                    Some(entered)
                })
                .collect();
            for n in order {
                entered[n] = None;
                let last = entered.iter().rposition(Option::is_some);
                let expected = last.map(|n| n.to_string());
                assert_eq!(user_id(), expected, "{n} of {order:?}");
            }
            assert!(is_nothing_current(), "after {order:?}");
        }
    }
}

#[test]
fn span_entered_twice_is_current_until_exited_twice() {
    let alice = span_of("alice");
    whose::user("bob").in_scope(|| {
        let first = alice.enter();
        let second = alice.enter();
        drop(first);
        assert_user("alice");
        whose::user("carol").in_scope(|| {
            let third = alice.enter();
            // The scope of Alice is already on the stack, so the innermost scope stays current.
            assert_user("carol");
            drop(third);
            assert_user("carol");
        });
        assert_user("alice");
        drop(second);
        assert_user("bob");
    });
}

#[test]
fn span_reentered_inside_other_span_restores_other_span() {
    let (alice, bob) = (span_of("alice"), span_of("bob"));
    alice.in_scope(|| {
        bob.in_scope(|| {
            alice.in_scope(|| {
                assert_user("alice");
                bob.in_scope(|| assert_user("bob"));
                assert_user("alice");
            });
            assert_user("bob");
        });
        assert_user("alice");
    });
    assert!(is_nothing_current());
}

#[test]
fn guard_opened_before_span_ends_under_it() {
    let guard = whose::user("alice").enter();
    let entered = span_of("bob").entered();
    drop(guard);
    assert_user("bob");
    drop(entered);
    assert!(is_nothing_current());

    // The same with two spans, and with a guard between them.
    let alice = whose::user("alice").enter();
    let zoe = whose::user("zoe").enter();
    let outer = span_of("bob").entered();
    let dave = whose::user("dave").enter();
    let inner = span_of("carol").entered();
    drop(zoe);
    drop(dave);
    assert_user("carol");
    drop(inner);
    assert_user("bob");
    drop(outer);
    assert_user("alice");
    drop(alice);
    assert!(is_nothing_current());
}

#[test]
fn guard_opened_inside_span_ends_with_it() {
    whose::user("bob").in_scope(|| {
        let entered = span_of("alice").entered();
        let stale = whose::user("carol").enter();
        drop(entered);
        assert_user("bob");
        let dave = whose::user("dave").enter();
        drop(stale);
        assert_user("dave");
        drop(dave);
        assert_user("bob");
    });
}

#[test]
fn entry_held_past_poll_ends_with_poll() {
    let carol = span_of("carol");
    let mut polls = 0;
    let mut held: Option<EnteredSpan> = None;
    let work = poll_fn(move |_| {
        polls += 1;
        match polls {
            1 => {
                held = Some(carol.clone().entered());
                assert_user("carol");
                Poll::Pending
            }
            _ => {
                drop(held.take());
                assert_user("alice");
                Poll::Ready(())
            }
        }
    });
    let mut future = Box::pin(work.with_scope(whose::user("alice")));
    assert!(poll(future.as_mut()).is_pending());
    assert!(is_nothing_current());
    info!("between the polls");
    drop(info_span!("span between the polls"));
    whose::user("bob").in_scope(|| {
        assert!(poll(future.as_mut()).is_ready());
        assert_user("bob");
    });
    assert!(is_nothing_current());
    assert_eq!(recorder().event("between the polls").user_id(), None);
    assert_eq!(recorder().span("span between the polls").user_id(), None);
}

#[test]
fn leaked_entry_ends_with_enclosing_scope() {
    let leak = || forget(span_of("leaked").entered());
    whose::user("alice").in_scope(|| {
        whose::tag("k", "v").in_scope(leak);
        assert_user("alice");
    });
    assert!(is_nothing_current(), "in a closure");
    let mut polled = Box::pin(async { leak() }.with_scope(whose::user("alice")));
    assert!(poll(polled.as_mut()).is_ready());
    assert!(is_nothing_current(), "in a poll");
    span_of("alice").in_scope(|| {
        let _inner = span_of("bob").entered();
        forget(whose::user("leaked").enter());
    });
    assert!(is_nothing_current(), "in a span");
}

#[test]
fn late_recorded_user_holds_until_exit() {
    let span = span_of("bob");
    let late = span.in_scope(|| info_span!("late", user.id = Empty));
    whose::user("carol").session("s-carol").in_scope(|| {
        late.in_scope(|| {
            info!("before it is recorded");
            late.record("user.id", "alice");
            info!("after it is recorded");
            info_span!("child after it is recorded").in_scope(|| assert_user("alice"));
        });
        assert_user("carol");
        late.in_scope(|| assert_user("alice"));
        assert_user("carol");
    });
    drop(late);
    let recorder = recorder();
    assert_eq!(
        recorder.event("before it is recorded").user_id(),
        Some("bob")
    );
    let after = [
        recorder.event("after it is recorded"),
        recorder.span("child after it is recorded"),
        recorder.span("late"),
    ];
    for record in after {
        assert_eq!(
            (record.user_id(), record.session_id()),
            (Some("alice"), None)
        );
    }
    assert_eq!(recorder.span("late").user_source(), Some(Source::Explicit));
}

#[test]
fn spans_in_moving_future_leave_nothing_current() {
    let scopes = [Scope::isolated(), whose::user("bob"), Scope::new()];
    let (alice, carol) = (span_of("alice"), span_of("carol"));
    for outer in &scopes {
        for inner in &scopes {
            let work = async {
                let _alice = alice.clone().entered();
                let _guard = whose::user("dave").enter();
                let _carol = carol.clone().entered();
                assert_user("carol");
            };
            let work = work.with_scope(inner.clone());
            let mut work = Box::pin(work.with_scope(outer.clone()));
            assert!(poll(work.as_mut()).is_ready());
            assert!(is_nothing_current());
        }
    }
}
