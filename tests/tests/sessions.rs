//! Sessions that continue other sessions, and generated session ids.

use std::collections::HashSet;

use tracing::{info, info_span};
use whose::testing::Recorder;
use whose::{Policy, PolicyKey, Scope, Session, current, session};

fn current_ids() -> (Option<String>, Option<String>) {
    let attribution = current();
    let owned = |id: Option<&str>| id.map(String::from);
    (
        owned(attribution.session_id()),
        owned(attribution.previous_session_id()),
    )
}

fn pair(id: &str, previous: &str) -> (Option<String>, Option<String>) {
    (Some(id.into()), Some(previous.into()))
}

#[test]
fn new_ids_are_unique_and_sort_by_time() {
    let ids: Vec<_> = (0..10_000).map(|_| session::new_id()).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    std::thread::sleep(std::time::Duration::from_millis(2));
    assert!(ids[0] < session::new_id());
}

#[test]
fn renewed_session_has_previous_session_everywhere() {
    let rec = Recorder::start();
    whose::set_session("visit-1");
    info_span!("before").in_scope(|| ());
    let second = session::renew();
    assert_eq!(current_ids(), pair(second.as_str(), "visit-1"));
    let third = session::renew();
    assert_eq!(current_ids(), pair(third.as_str(), second.as_str()));
    info_span!("after").in_scope(|| info!("inside"));
    let span = rec.span("after");
    assert_eq!(span.session_id(), Some(third.as_str()));
    assert_eq!(span.previous_session_id(), Some(second.as_str()));
    assert_eq!(rec.events()[0].previous_session_id(), Some(second.as_str()));
    assert_eq!(rec.span("before").previous_session_id(), None);
}

#[test]
fn first_and_repeated_sessions_have_no_previous() {
    Scope::isolated().in_scope(|| {
        let first = session::renew();
        assert_eq!(current_ids(), (Some(first.to_string()), None));
        whose::set_session(Session::new("s").with_previous_id("s"));
        assert_eq!(current_ids(), (Some("s".into()), None));
        whose::set_session("plain");
        assert_eq!(current_ids(), (Some("plain".into()), None));
    });
}

#[test]
fn every_session_setter_keeps_previous_session() {
    let renewed = || Session::new("s-2").with_previous_id("s-1");
    whose::session(renewed()).in_scope(|| assert_eq!(current_ids(), pair("s-2", "s-1")));
    whose::session(Some(&renewed())).in_scope(|| assert_eq!(current_ids(), pair("s-2", "s-1")));

    #[whose::with_session(visit)]
    fn by_attribute(visit: Session) -> Option<String> {
        let _ = visit;
        current_ids().1
    }
    assert_eq!(by_attribute(renewed()).as_deref(), Some("s-1"));

    let rec = Recorder::start();
    whose::error(&std::io::Error::other("refused"))
        .session(renewed())
        .capture();
    assert_eq!(rec.errors()[0].previous_session_id(), Some("s-1"));
}

#[test]
fn policy_applies_to_previous_session() {
    use tracing_subscriber::layer::SubscriberExt as _;

    let key = PolicyKey::new("k1", [7; 32]).unwrap();
    let layer = whose::layer()
        .with_policy(Policy::pseudonymous(&key))
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        let renewed = Session::new("s-2").with_previous_id("s-1");
        whose::session(renewed).in_scope(|| info!("renewed"));
        let event = &rec.events()[0];
        assert_eq!(event.session_id(), Some(&*key.pseudonym("s-2")));
        assert_eq!(event.previous_session_id(), Some(&*key.pseudonym("s-1")));
    });
}
