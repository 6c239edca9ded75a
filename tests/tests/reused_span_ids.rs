//! A registry reuses the id of a closed span. The state that a thread keeps for the closed span
//! does not apply to the new span.

use std::sync::mpsc::{Sender, channel};
use std::thread;

use tracing::{Span, info_span};
use whose::testing::Recorder;
use whose_tests::current::user_id;

/// A span, and the sender for the user inside the span.
type Query = (Span, Sender<Option<String>>);

/// Starts a thread that enters each received span, inside one scope for its whole life.
fn spawn_entering_thread(outer: Option<&'static str>) -> Sender<Query> {
    let (sender, queries) = channel::<Query>();
    thread::spawn(move || {
        let _scope = whose::user(outer).enter();
        for (span, reply) in queries {
            let user = span.in_scope(user_id);
            // The sender of the query closes the span, so this handle is dropped first.
            drop(span);
            reply.send(user).expect("a waiting test");
        }
    });
    sender
}

fn user_inside(span: &Span, thread: &Sender<Query>) -> Option<String> {
    let (reply, answer) = channel();
    thread.send((span.clone(), reply)).expect("the thread");
    answer.recv().expect("the user")
}

/// Closes a span, and creates a span of Alice with the same id.
fn reuse_id(span: Span) -> Span {
    let id = span.id().expect("an enabled span");
    drop(span);
    whose::user("alice").in_scope(|| {
        (0..1_000_000)
            .map(|_| info_span!("again"))
            .find(|span| span.id().as_ref() == Some(&id))
            .expect("a reused id")
    })
}

#[test]
fn span_with_reused_id_carries_own_user() {
    let _rec = Recorder::global();
    for outer in [None, Some("bob")] {
        let thread = spawn_entering_thread(outer);
        let unattributed = info_span!("unattributed");
        assert_eq!(user_inside(&unattributed, &thread).as_deref(), outer);
        assert_eq!(user_inside(&unattributed, &thread).as_deref(), outer);
        let alice = reuse_id(unattributed);
        assert_eq!(user_inside(&alice, &thread).as_deref(), Some("alice"));
    }
}
