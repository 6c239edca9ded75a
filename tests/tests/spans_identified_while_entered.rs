//! A span that is identified while it is entered keeps the stack that it had before.

use std::pin::pin;
use std::task::Poll;

use tracing::field::Empty;
use tracing::{Instrument as _, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::{Scope, ScopeExt as _, current};
use whose_tests::current::{current_user_and_session, poll};

fn with_layer(test: impl FnOnce()) {
    let subscriber = tracing_subscriber::registry().with(whose::layer());
    tracing::subscriber::with_default(subscriber, test);
}

fn both(user: &str, session: &str) -> (Option<String>, Option<String>) {
    (Some(user.to_owned()), Some(session.to_owned()))
}

#[test]
fn late_user_holds_for_span_created_with_tag() {
    with_layer(|| {
        let span = info_span!("span", tag.plan = "pro", user.id = Empty);
        Scope::isolated().session("s-1").in_scope(|| {
            span.in_scope(|| {
                span.record("user.id", "ann");
                assert_eq!(current_user_and_session(), both("ann", "s-1"));
            });
            span.in_scope(|| {
                assert_eq!(current_user_and_session(), both("ann", "s-1"));
                assert_eq!(current().tag("plan"), Some("pro"));
            });
        });
    });
}

#[test]
fn late_user_holds_with_scope_between_polled_spans() {
    with_layer(|| {
        let outer = info_span!("outer", user.id = Empty);
        let inner = info_span!("inner", user.id = Empty);
        let recorded = inner.clone();
        let work = async move {
            recorded.record("user.id", "ann");
            assert_eq!(current_user_and_session(), both("ann", "s-1"));
            tokio::task::yield_now().await;
            assert_eq!(current_user_and_session(), both("ann", "s-1"));
        };
        let work = work.instrument(inner).with_scope(whose::session("s-1"));
        let mut work = pin!(work.instrument(outer));
        assert_eq!(poll(work.as_mut()), Poll::Pending);
        assert_eq!(poll(work.as_mut()), Poll::Ready(()));
    });
}

#[test]
fn late_user_holds_for_span_in_scope_rebuilt_at_poll() {
    with_layer(|| {
        let outer = info_span!("outer", user.id = Empty);
        let work = async {
            let span = info_span!("span", user.id = Empty);
            let inside = async {
                assert_eq!(current_user_and_session(), both("bob", "s-1"));
                tokio::task::yield_now().await;
                assert_eq!(current_user_and_session(), both("bob", "s-1"));
            };
            let inside = inside.instrument(span);
            inside.with_scope(whose::session("s-1")).await;
        };
        let mut work = pin!(work.with_scope(whose::user("bob")).instrument(outer));
        assert_eq!(poll(work.as_mut()), Poll::Pending);
        assert_eq!(poll(work.as_mut()), Poll::Ready(()));
    });
}

#[test]
fn late_user_stays_in_own_request_when_polled_elsewhere() {
    with_layer(|| {
        // Both requests are open: the span of an ended request would give way.
        let (anns, bobs) = (
            Scope::isolated().user("ann").session("s-1"),
            Scope::isolated().user("bob").session("s-2"),
        );
        let (ann, bob) = (|| anns.clone(), || bobs.clone());
        let span = info_span!("created nowhere", user.id = Empty);
        let recorded = span.clone();
        let late = async move {
            recorded.record("user.id", "cyd");
            assert_eq!(current_user_and_session(), both("cyd", "s-1"));
            tokio::task::yield_now().await;
            assert_eq!(current_user_and_session(), (Some("cyd".to_owned()), None));
        };
        let early = async {
            let span = info_span!("of ann", user.id = Empty);
            let work = async {
                assert_eq!(current_user_and_session(), both("ann", "s-1"));
                tokio::task::yield_now().await;
                assert_eq!(current_user_and_session(), both("ann", "s-1"));
            };
            work.instrument(span).await;
        };
        let mut late = pin!(late.instrument(span).with_scope(whose::tag("k", "v")));
        let mut early = pin!(early.with_scope(whose::tag("k", "v")));
        ann().in_scope(|| assert_eq!(poll(late.as_mut()), Poll::Pending));
        bob().in_scope(|| assert_eq!(poll(late.as_mut()), Poll::Ready(())));
        ann().in_scope(|| assert_eq!(poll(early.as_mut()), Poll::Pending));
        bob().in_scope(|| assert_eq!(poll(early.as_mut()), Poll::Ready(())));
    });
}

#[test]
fn isolated_global_frame_is_no_request() {
    let _global = whose::testing::isolate_global();
    with_layer(|| {
        let nothing = Scope::current();
        whose::user("ann").in_scope(|| {
            let around = info_span!("around", session.id = "s-1");
            let span = nothing.in_scope(|| info_span!("span", user.id = Empty));
            around.in_scope(|| {
                span.in_scope(|| assert_eq!(current_user_and_session(), both("ann", "s-1")))
            });
        });
    });
}
