//! A span created in one scope and entered in another has the user, session and tags of its
//! creator, and never a mixture of two users.

use std::io;
use std::thread;

use tracing::{Instrument as _, Span, debug, info, info_span};
use whose::{Scope, ScopeExt as _, Source};
use whose_tests::current::{current_user_and_session, is_nothing_current};
use whose_tests::recorder::{recorder, user_and_session};

const ALICE: (Option<&str>, Option<&str>) = (Some("alice"), Some("s-alice"));
const BOB: (Option<&str>, Option<&str>) = (Some("bob"), Some("s-bob"));
const NO_USER: (Option<&str>, Option<&str>) = (None, None);

fn alice() -> Scope {
    whose::user("alice").session("s-alice").tag("plan", "free")
}

fn bob() -> Scope {
    whose::user("bob").session("s-bob").tag("region", "eu")
}

/// Asserts the current user and session.
#[track_caller]
fn assert_current(expected: (Option<&str>, Option<&str>)) {
    let (user, session) = current_user_and_session();
    assert_eq!((user.as_deref(), session.as_deref()), expected);
}

#[test]
fn span_entered_in_other_scope_has_creator_user() {
    let recorder = recorder();
    let span = alice().in_scope(|| info_span!("elsewhere"));
    bob().in_scope(|| {
        span.in_scope(|| {
            assert_current(ALICE);
            let attribution = whose::current();
            let tags = (attribution.tag("plan"), attribution.tag("region"));
            assert_eq!(tags, (Some("free"), None));
            info!("event elsewhere");
            info_span!("child elsewhere").in_scope(|| debug!("event of child elsewhere"));
            whose::capture_error(&io::Error::other("error elsewhere"));
            whose::usage("model elsewhere").input_tokens(1).record();
        });
        assert_current(BOB);
        drop(span);
    });
    let usage = |record: &&_| whose::Record::model_usage(record).is_some();
    let records = recorder.records();
    let usage = records.iter().map(|record| &**record).find(usage).unwrap();
    assert_eq!(user_and_session(usage), ALICE);
    let spans = ["elsewhere", "child elsewhere"].map(|name| recorder.span(name));
    let events = [
        "event elsewhere",
        "event of child elsewhere",
        "error elsewhere",
    ]
    .map(|message| recorder.event(message));
    for record in spans.iter().chain(&events) {
        assert_eq!(user_and_session(record), ALICE, "{}", record.name());
        let tags = (record.tag("plan"), record.tag("region"));
        assert_eq!(tags, (Some("free"), None), "{}", record.name());
    }
}

#[test]
fn span_entered_elsewhere_takes_no_session() {
    let recorder = recorder();
    let span = whose::user("alice").in_scope(|| info_span!("without session"));
    bob().in_scope(|| span.in_scope(|| assert_current((Some("alice"), None))));
    drop(span);
    let record = recorder.span("without session");
    assert_eq!(user_and_session(&record), (Some("alice"), None));

    let span = whose::session("s-alice").in_scope(|| info_span!("without user"));
    bob().in_scope(|| span.in_scope(|| assert_current((None, Some("s-alice")))));
    drop(span);
    let record = recorder.span("without user");
    assert_eq!(user_and_session(&record), (None, Some("s-alice")));
}

#[test]
fn anonymous_span_stays_anonymous_elsewhere() {
    let recorder = recorder();
    let span = whose::anonymous().in_scope(|| info_span!("masked"));
    bob().in_scope(|| span.in_scope(|| info!("event of masked")));
    drop(span);
    let [span, event] = [recorder.span("masked"), recorder.event("event of masked")];
    assert_eq!(
        (user_and_session(&span), user_and_session(&event)),
        (NO_USER, NO_USER)
    );
    assert!(event.attribution().is_anonymous() && span.attribution().is_anonymous());
}

#[test]
fn unattributed_span_takes_scope_of_entry() {
    let recorder = recorder();
    let span = info_span!("unknown");
    bob().in_scope(|| span.in_scope(|| assert_current(BOB)));
    drop(span);
    assert_eq!(user_and_session(&recorder.span("unknown")), NO_USER);
}

#[test]
fn span_entered_on_other_thread_has_creator_user() {
    let recorder = recorder();
    let span = alice().in_scope(|| info_span!("on a thread"));
    let other = thread::spawn(move || {
        span.in_scope(|| info!("event on a bare thread"));
        assert!(is_nothing_current());
        let _bob = bob().enter();
        span.in_scope(|| {
            info!("event on the thread of another");
            info_span!("child on the thread of another").in_scope(|| ());
        });
        assert_current(BOB);
        // The span also closes on this thread.
        drop(span);
    });
    other.join().unwrap();
    assert_eq!(user_and_session(&recorder.span("on a thread")), ALICE);
    let child = recorder.span("child on the thread of another");
    assert_eq!(user_and_session(&child), ALICE);
    for message in ["event on a bare thread", "event on the thread of another"] {
        assert_eq!(
            user_and_session(&recorder.event(message)),
            ALICE,
            "{message}"
        );
    }
}

#[tokio::test]
async fn instrumented_task_has_span_creator_user() {
    let recorder = recorder();
    let span = alice().in_scope(|| info_span!("instrumented"));
    let work = async {
        for _ in 0..3 {
            assert_current(ALICE);
            tokio::task::yield_now().await;
        }
        info!("event instrumented");
    };
    // Bob's scope is around the span: entering the span replaces it.
    let task = tokio::spawn(work.instrument(span).with_scope(bob()));
    task.await.unwrap();
    assert_eq!(
        user_and_session(&recorder.event("event instrumented")),
        ALICE
    );

    // Bob's scope is inside the span: the innermost wins.
    let span = alice().in_scope(|| info_span!("instrumented outside"));
    let work = async { info!("event inside both") };
    let task = tokio::spawn(work.with_scope(bob()).instrument(span));
    task.await.unwrap();
    assert_eq!(user_and_session(&recorder.event("event inside both")), BOB);
    assert_eq!(
        user_and_session(&recorder.span("instrumented outside")),
        ALICE
    );
}

#[test]
fn explicit_parent_gives_user_and_session() {
    let recorder = recorder();
    let parent = alice().in_scope(|| info_span!("parent"));
    bob().in_scope(|| {
        info!(parent: &parent, "event of a named parent");
        let child = info_span!(parent: &parent, "child of a named parent");
        child.in_scope(|| info!("event of a child of a named parent"));
        assert_current(BOB);
    });
    let child = recorder.span("child of a named parent");
    assert_eq!(user_and_session(&child), ALICE);
    assert_eq!(
        (child.tag("plan"), child.tag("region")),
        (Some("free"), None)
    );
    for message in [
        "event of a named parent",
        "event of a child of a named parent",
    ] {
        assert_eq!(
            user_and_session(&recorder.event(message)),
            ALICE,
            "{message}"
        );
    }
}

#[test]
fn root_span_is_attributed_at_creation_and_is_no_frame() {
    let recorder = recorder();
    let pool = alice().in_scope(|| info_span!(parent: None, "pool"));
    bob().in_scope(|| {
        pool.in_scope(|| {
            assert_current(BOB);
            info!("event in the pool");
            info_span!("child in the pool").in_scope(|| assert_current(BOB));
        });
        info_span!(parent: &pool, "named child of the pool").in_scope(|| assert_current(BOB));
        info!(parent: &pool, "event of the pool");
        assert_current(BOB);
    });
    pool.in_scope(|| assert!(is_nothing_current()));
    drop(pool);
    assert_eq!(user_and_session(&recorder.span("pool")), ALICE);
    for name in ["child in the pool", "named child of the pool"] {
        assert_eq!(user_and_session(&recorder.span(name)), BOB, "{name}");
    }
    for message in ["event in the pool", "event of the pool"] {
        assert_eq!(user_and_session(&recorder.event(message)), BOB, "{message}");
    }
}

#[test]
fn root_span_in_request_is_not_identified_late() {
    let recorder = recorder();
    let scope = Scope::isolated();
    let pool = scope
        .clone()
        .in_scope(|| info_span!(parent: None, "early pool"));
    scope.in_scope(|| whose::set_user("alice"));
    drop(pool);
    assert_eq!(recorder.span("early pool").user_id(), None);
}

#[test]
fn reentering_span_in_its_scope_changes_nothing() {
    alice().in_scope(|| {
        let span = info_span!("entered again");
        bob().in_scope(|| span.in_scope(|| assert_current(BOB)));
        span.in_scope(|| bob().in_scope(|| span.in_scope(|| assert_current(BOB))));
        assert_current(ALICE);
    });
}

#[test]
fn explicit_span_user_holds_inside_span_elsewhere() {
    let recorder = recorder();
    let span = alice().in_scope(|| info_span!("explicit", user.id = "carol"));
    bob().in_scope(|| {
        span.in_scope(|| {
            // The session comes from the scope of the span.
            assert_current((Some("carol"), Some("s-alice")));
            assert_eq!(whose::current().user_source(), Some(Source::Scope));
            info!("event of explicit");
        });
        assert_current(BOB);
    });
    drop(span);
    let expected = (Some("carol"), Some("s-alice"));
    let span = recorder.span("explicit");
    assert_eq!(
        (user_and_session(&span), span.user_source()),
        (expected, Some(Source::Explicit))
    );
    assert_eq!(
        user_and_session(&recorder.event("event of explicit")),
        expected
    );
}

#[test]
fn write_in_span_without_isolation_goes_to_entry_scope() {
    let recorder = recorder();
    let span = whose::session("s-alice").in_scope(|| info_span!("written inside"));
    Scope::isolated().in_scope(|| {
        span.in_scope(|| whose::set_user("bob"));
        assert_current((Some("bob"), None));
    });
    drop(span);
    // The stack of the span holds no isolated scope, so the write goes to the scope of the entry.
    assert_eq!(
        user_and_session(&recorder.span("written inside")),
        (None, Some("s-alice"))
    );
}

#[test]
fn write_in_span_with_isolation_stays_in_its_scope() {
    let recorder = recorder();
    let scope = Scope::isolated();
    let span = scope.clone().in_scope(|| info_span!("isolated elsewhere"));
    Scope::isolated().user("bob").in_scope(|| {
        span.in_scope(|| whose::set_user("alice"));
        assert_current((Some("bob"), None));
    });
    scope.in_scope(|| assert_current((Some("alice"), None)));
    drop(span);
    let record = recorder.span("isolated elsewhere");
    assert_eq!(user_and_session(&record), (Some("alice"), None));
}

#[test]
fn disabled_span_carries_nothing() {
    let recorder = recorder();
    bob().in_scope(|| {
        Span::none().in_scope(|| assert_current(BOB));
        info!(parent: None, "event without a span");
    });
    assert_eq!(
        user_and_session(&recorder.event("event without a span")),
        BOB
    );
}
