//! A registry reuses the id of a closed span. The state that a thread keeps for the closed span
//! does not apply to the new span.

use std::sync::mpsc::{Sender, channel};
use std::thread;

use tracing::{Span, info_span};
use whose::testing::Recorder;
use whose_tests::current::user_id;

/// A span, and where to tell who is current in it.
type Ask = (Span, Sender<Option<String>>);

/// A thread that enters the spans which it is given, in one scope from its beginning to its end.
fn enters_spans(around: Option<&'static str>) -> Sender<Ask> {
    let (ask, asked) = channel::<Ask>();
    thread::spawn(move || {
        let _scope = whose::user(around).enter();
        for (span, tell) in asked {
            let who = span.in_scope(user_id);
            // Closed by whoever gave it, who goes on only then.
            drop(span);
            tell.send(who).expect("somebody who asks");
        }
    });
    ask
}

fn who_is_in(span: &Span, thread: &Sender<Ask>) -> Option<String> {
    let (tell, told) = channel();
    thread.send((span.clone(), tell)).expect("the thread");
    told.recv().expect("its answer")
}

/// A span of Alice's with the id of one that was closed.
fn again(closed: Span) -> Span {
    let id = closed.id().expect("a span that is enabled");
    drop(closed);
    whose::user("alice").in_scope(|| {
        (0..1_000_000)
            .map(|_| info_span!("again"))
            .find(|span| span.id().as_ref() == Some(&id))
            .expect("an id that comes again")
    })
}

#[test]
fn span_with_reused_id_carries_own_user() {
    let _rec = Recorder::global();
    for around in [None, Some("bob")] {
        let thread = enters_spans(around);
        let of_nobody = info_span!("of nobody");
        assert_eq!(who_is_in(&of_nobody, &thread).as_deref(), around);
        assert_eq!(who_is_in(&of_nobody, &thread).as_deref(), around);
        let of_alice = again(of_nobody);
        assert_eq!(who_is_in(&of_alice, &thread).as_deref(), Some("alice"));
    }
}
