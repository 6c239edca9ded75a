//! A future or stream is polled and dropped inside its scope on every thread and leaves no user
//! behind, also after a panic.

use std::future::{pending, poll_fn};
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_util::stream::{self, Stream};
use whose::{Scope, ScopeExt as _};
use whose_tests::current::{assert_user, is_nothing_current, poll, user_id};

/// Sends the current user at its drop.
struct DropProbe(Sender<Option<String>>);

impl Drop for DropProbe {
    fn drop(&mut self) {
        assert!(self.0.send(user_id()).is_ok(), "a waiting test");
    }
}

/// A future that stays pending, and sends the current user at its drop.
fn pending_with_probe(to: &Sender<Option<String>>) -> impl Future<Output = ()> + Send + 'static {
    let probe = DropProbe(to.clone());
    async move {
        let _probe = probe;
        pending().await
    }
}

#[test]
fn future_polled_on_many_threads_keeps_scope() {
    let mut polls = 0;
    let work = poll_fn(move |_| {
        let attribution = whose::current();
        assert_eq!(
            (attribution.user_id(), attribution.session_id()),
            (Some("alice"), Some("s-1"))
        );
        polls += 1;
        if polls < 8 {
            Poll::Pending
        } else {
            Poll::Ready(polls)
        }
    });
    let fixed = Box::pin(work.with_scope(whose::user("alice").session("s-1")));
    let captured = whose::user("zoe").in_scope(|| fixed.with_current_scope());
    let mut future = Box::pin(captured);
    for n in 0..7 {
        let other = thread::spawn(move || {
            let outer = match n % 2 {
                0 => Scope::new(),
                _ => whose::user("other").tag("k", "v"),
            };
            let _outer = outer.enter();
            let before = whose::current();
            assert!(poll(future.as_mut()).is_pending());
            assert_eq!(whose::current(), before);
            future
        });
        future = other.join().expect("a poll");
    }
    whose::user("bob").in_scope(|| {
        assert_eq!(poll(future.as_mut()), Poll::Ready(8));
        assert_user("bob");
    });
}

#[test]
fn pending_future_is_dropped_inside_scope() {
    let (send, dropped) = channel();
    let future = || Box::pin(pending_with_probe(&send).with_scope(whose::user("alice")));

    let mut here = future();
    assert!(poll(here.as_mut()).is_pending());
    drop(here);
    assert_eq!(dropped.recv().unwrap().as_deref(), Some("alice"), "here");

    let never_polled = future();
    drop(never_polled);
    assert_eq!(
        dropped.recv().unwrap().as_deref(),
        Some("alice"),
        "never polled"
    );

    let mut elsewhere = future();
    assert!(poll(elsewhere.as_mut()).is_pending());
    let drop_elsewhere = move || {
        let _bob = whose::user("bob").enter();
        drop(elsewhere);
        assert_user("bob");
    };
    thread::spawn(drop_elsewhere).join().unwrap();
    assert_eq!(
        dropped.recv().unwrap().as_deref(),
        Some("alice"),
        "elsewhere"
    );
    assert!(is_nothing_current());
}

#[test]
fn future_in_nested_scopes_is_dropped_inside_all() {
    let (send, dropped) = channel();
    let inner = pending_with_probe(&send).with_scope(whose::session("s-1"));
    let outer = async {
        let _probe = DropProbe(send.clone());
        inner.with_scope(whose::user("bob")).await;
    };
    let mut outer = Box::pin(outer.with_scope(whose::user("alice")));
    assert!(poll(outer.as_mut()).is_pending());
    whose::user("carol").in_scope(|| drop(outer));
    let users: Vec<_> = dropped.try_iter().flatten().collect();
    assert_eq!(users, ["bob", "alice"]);
    assert!(is_nothing_current());
}

#[test]
fn stream_is_polled_and_dropped_inside_scope() {
    let (send, dropped) = channel();
    let probe = DropProbe(send);
    let users = stream::repeat_with(move || {
        let _probe = &probe;
        user_id()
    });
    let mut users = pin!(Some(users.with_scope(whose::user("alice"))));
    let mut next = || {
        let users = users.as_mut().as_pin_mut().expect("a stream");
        users.poll_next(&mut Context::from_waker(Waker::noop()))
    };
    let alice = || Poll::Ready(Some(Some(String::from("alice"))));
    assert_eq!(next(), alice());
    assert_eq!(whose::user("bob").in_scope(next), alice());
    users.set(None);
    assert_eq!(dropped.recv().unwrap().as_deref(), Some("alice"));
    assert!(is_nothing_current());
}

/// Asserts that `f` panics.
fn assert_panics(f: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "no panic");
}

/// Leaks a guard and panics at its drop.
struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        forget(whose::user("left by a drop").enter());
        resume_unwind(Box::new("on purpose"));
    }
}

#[test]
fn panic_in_poll_or_drop_leaves_no_user() {
    let in_poll = poll_fn(|_| -> Poll<()> {
        forget(whose::user("left by a poll").enter());
        let _held = whose::user("held").enter();
        resume_unwind(Box::new("on purpose"));
    });
    let mut in_poll = Box::pin(in_poll.with_scope(whose::user("alice")));
    let in_drop = |polled: bool| {
        let held = PanicsInDrop;
        let mut future = Box::pin(
            async move {
                let _held = held;
                pending::<()>().await
            }
            .with_scope(whose::user("alice")),
        );
        if polled {
            assert!(poll(future.as_mut()).is_pending());
        }
        move || drop(future)
    };
    assert_panics(|| assert!(poll(in_poll.as_mut()).is_pending()));
    assert!(is_nothing_current(), "after a panic in a poll");
    drop(in_poll);
    assert_panics(in_drop(true));
    assert_panics(in_drop(false));
    assert!(is_nothing_current(), "after a panic in a drop");
    whose::user("bob").in_scope(|| {
        assert_panics(in_drop(true));
        assert_user("bob");
        assert_panics(|| whose::user("carol").in_scope(|| resume_unwind(Box::new("on purpose"))));
        assert_user("bob");
    });
    assert!(is_nothing_current());
}
