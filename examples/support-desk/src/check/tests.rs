//! The check rejects wrong records, on real stores.

use std::time::Duration;

use tracing_subscriber::prelude::*;
use whose::RecordSink;
use whose_store::Store;

use super::*;
use crate::expectations::{ExpectedRequest, Outcome};

/// Writes records into a store, and checks them.
fn verdict_on(expectations: &Expectations, write: impl FnOnce()) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("check.db");
    let store = Store::open(&path).unwrap();
    let layer = whose::layer().with_sink(store.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), write);
    assert!(store.flush(Duration::from_secs(10)).is_complete());
    let (records, _) = load(&Reader::open(&path).unwrap()).unwrap();
    check(&records, expectations)
}

fn login_of_alice() -> Expectations {
    let owner = Owner::new(Some("alice"), "visit-1");
    Expectations::from([("r-1".to_owned(), ExpectedRequest::login(owner))])
}

/// The records of a login, inside the span of the request.
fn login(user: Option<&str>) {
    let scope = whose::Scope::isolated().session("visit-1");
    let _scope = scope.tag("request.id", "r-1").enter();
    let _span = tracing::info_span!(SERVER_SPAN).entered();
    tracing::info!("looks for the account");
    whose::set_user(user);
    tracing::info!("signed in");
}

fn texts(problems: &[Problem]) -> Vec<String> {
    let mut texts: Vec<_> = problems.iter().map(Problem::to_string).collect();
    texts.sort();
    texts
}

#[test]
fn record_with_owner_of_its_request_is_right() {
    let verdict = verdict_on(&login_of_alice(), || login(Some("alice")));
    assert!(verdict.is_good(), "{verdict:?}");
    assert_eq!((verdict.right, verdict.without_user), (3, 0));
}

#[test]
fn record_with_user_of_another_request_is_wrong() {
    let verdict = verdict_on(&login_of_alice(), || login(Some("bob")));
    assert!(!verdict.is_good());
    assert_eq!(
        texts(&verdict.wrong),
        [
            "request r-1, \"http.server\": has bob in visit-1 instead of alice in visit-1",
            "request r-1, \"looks for the account\": has bob in visit-1 instead of alice in visit-1",
            "request r-1, \"signed in\": has bob in visit-1 instead of alice in visit-1",
        ]
    );
}

#[test]
fn record_without_its_user_is_wrong() {
    let verdict = verdict_on(&login_of_alice(), || login(None));
    assert_eq!(verdict.wrong.len(), 3, "{verdict:?}");
    assert!(texts(&verdict.wrong)[0].contains("nobody in visit-1 instead of alice"));
}

#[test]
fn record_with_another_session_is_wrong() {
    let verdict = verdict_on(&login_of_alice(), || {
        login(Some("alice"));
        whose::user("alice").session("visit-2").in_scope(|| {
            tracing::info!(request.id = "r-1", "also");
        });
    });
    let problem = "request r-1, \"also\": has alice in visit-2 instead of alice in visit-1";
    assert_eq!(texts(&verdict.wrong), [problem]);
}

#[test]
fn record_with_another_operator_is_wrong() {
    let case = Owner::new(Some("alice"), "visit-1");
    let request = ExpectedRequest::review("olive", "visit-9", &case, false);
    let expectations = Expectations::from([("r-1".to_owned(), request)]);
    let review = |operator: Option<&str>| {
        let scope = whose::user("alice").session("visit-1").actor(operator);
        scope.in_scope(|| tracing::info!(request.id = "r-1", "reviews a case"));
    };
    let verdict = verdict_on(&expectations, || review(Some("olive")));
    assert_eq!((verdict.right, verdict.acted_for), (1, 1), "{verdict:?}");
    let verdict = verdict_on(&expectations, || review(None));
    let problem = "request r-1, \"reviews a case\": has alice in visit-1 instead of alice in visit-1, \
                   for whom olive acts";
    assert_eq!(texts(&verdict.wrong), [problem]);
}

#[test]
fn record_of_anonymous_visitor_with_user_is_wrong() {
    let owner = Owner::new(None, "visit-1");
    let request = ExpectedRequest::chat(&owner, "thread-1", Outcome::ModelFailed);
    let expectations = Expectations::from([("r-1".to_owned(), request)]);
    let verdict = verdict_on(&expectations, || {
        let _scope = whose::session("visit-1").user("alice").enter();
        tracing::info!(request.id = "r-1", "asks");
    });
    assert_eq!(verdict.wrong.len(), 1, "{verdict:?}");
}

#[test]
fn user_on_record_of_no_request_is_wrong() {
    let verdict = verdict_on(&login_of_alice(), || {
        login(Some("alice"));
        whose::user("alice").in_scope(|| tracing::info!("on its own"));
    });
    assert_eq!(verdict.wrong.len(), 1, "{verdict:?}");
}

#[test]
fn record_under_span_of_another_request_is_wrong() {
    let mut expectations = login_of_alice();
    expectations.insert(
        "r-2".into(),
        ExpectedRequest::new(Owner::new(Some("alice"), "visit-1")),
    );
    let verdict = verdict_on(&expectations, || {
        login(Some("alice"));
        let _scope = whose::session("visit-1").user("alice").enter();
        let _span = tracing::info_span!("search", request.id = "r-2").entered();
        tracing::info!(request.id = "r-1", "elsewhere");
    });
    let problem = "request r-1, \"elsewhere\": is inside a span of request r-2";
    assert_eq!(texts(&verdict.wrong), [problem]);
}

#[test]
fn record_not_in_store_is_missing() {
    let verdict = verdict_on(&login_of_alice(), || {
        let _scope = whose::user("alice").session("visit-1").enter();
        tracing::info!(request.id = "r-1", "signed in");
    });
    assert!(!verdict.is_good());
    assert_eq!(verdict.missing_count, 2);
    assert_eq!(
        texts(&verdict.missing),
        [
            "request r-1, \"http.server\": 0 of 1 in the store",
            "request r-1, \"looks for the account\": 0 of 1 in the store",
        ]
    );
}

#[test]
fn empty_store_fails_the_check() {
    assert!(!verdict_on(&Expectations::new(), || ()).is_good());
}
