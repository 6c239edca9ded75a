//! First contact.
use tracing_subscriber::prelude::*;
use whose::testing::Recorder;
use whose::{ScopeExt, Source};

#[test]
fn basic() {
    let rec = Recorder::start();
    {
        let _a = whose::user("alice").session("s").tag("k", "v").enter();
        let span = tracing::info_span!("outer", x = 1);
        let _b = whose::user("bob").enter();
        span.in_scope(|| {
            tracing::info!("inside");
            assert_eq!(whose::current().user_id(), Some("bob"));
        });
        drop(_b);
        assert_eq!(whose::current().user_id(), Some("alice"));
    }
    let s = rec.span("outer");
    assert_eq!(s.user_id(), Some("alice"));
    assert_eq!(s.source(), Some(Source::Scope));
    assert_eq!(whose::current().user_id(), None);
}

#[test]
fn span_elsewhere() {
    let rec = Recorder::start();
    let span = whose::user("alice").session("s1").in_scope(|| tracing::info_span!("x"));
    whose::user("bob").session("s2").in_scope(|| {
        let _e = span.enter();
        assert_eq!(whose::current().user_id(), Some("alice"));
        assert_eq!(whose::current().session_id(), Some("s1"));
    });
    std::thread::spawn(move || {
        span.in_scope(|| assert_eq!(whose::current().user_id(), Some("alice")));
        assert_eq!(whose::current().user_id(), None);
    }).join().unwrap();
    assert_eq!(rec.spans().len(), 1);
}

#[test]
fn late() {
    let rec = Recorder::start();
    whose::Scope::isolated().in_scope(|| {
        let span = tracing::info_span!("server", user.id = tracing::field::Empty);
        span.in_scope(|| {
            whose::set_user("carol");
            tracing::info!("after");
        });
        drop(span);
        let span = tracing::info_span!("late", user.id = tracing::field::Empty).entered();
        whose::clear_user();
        span.record("user.id", "dave");
        assert_eq!(whose::current().user_id(), Some("dave"));
        let _c = tracing::info_span!("child").entered();
        tracing::info!("x");
    });
    assert_eq!(rec.span("server").user_id(), Some("carol"));
    assert_eq!(rec.span("server").source(), Some(Source::Isolation));
    assert_eq!(rec.span("late").source(), Some(Source::Explicit));
    assert_eq!(rec.span("child").user_id(), Some("dave"));
    assert_eq!(whose::current().user_id(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn asynchronous() {
    let rec = Recorder::start();
    let f = async {
        tokio::task::yield_now().await;
        let s = tracing::info_span!("in");
        tokio::task::yield_now().await;
        drop(s);
        whose::current().user_id().map(String::from)
    };
    let t = tokio::spawn(f.with_scope(whose::user("eve")).with_current_scope());
    assert_eq!(t.await.unwrap().as_deref(), Some("eve"));
    assert_eq!(rec.span("in").user_id(), Some("eve"));
    let _ = tracing_subscriber::registry().with(whose::layer());
}
