//! Strict mode in tests: a record without a user fails the test that made it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use tracing::{info, info_span};
use whose::testing::{Recorder, RequireUser, require_user};
use whose::{Scope, UnattributedReason};

/// The failure message of a test that runs `work`.
fn failure(work: impl FnOnce()) -> Option<String> {
    let failed = catch_unwind(AssertUnwindSafe(work)).err()?;
    Some(*failed.downcast::<String>().expect("a message"))
}

#[test]
fn failure_names_first_record_call_site_and_fix() {
    let line = line!() + 4;
    let failure = failure(|| {
        let _strict = require_user();
        whose::user("alice").in_scope(|| info!("hers"));
        info_span!("plan").in_scope(|| ());
        info!("nobody's");
    })
    .expect("a failure");
    assert!(
        failure.starts_with(&format!(
            "a record without a user: span `plan` at {}:{line}: ",
            file!()
        )),
        "{failure}"
    );
    assert!(
        failure.contains(UnattributedReason::Unset.advice()),
        "{failure}"
    );
    assert!(failure.contains("(1 more after it)"), "{failure}");
}

#[test]
fn failure_names_error_by_message() {
    let line = line!() + 3;
    let failure = failure(|| {
        let _strict = require_user();
        whose::capture_error(&std::io::Error::other("refused"));
    })
    .expect("a failure");
    let expected = format!("error \"refused\" at {}:{line}: ", file!());
    assert!(failure.contains(&expected), "{failure}");
    assert!(!failure.contains("more after it"), "{failure}");
}

#[test]
fn check_fails_at_once_for_records_so_far() {
    let strict = require_user();
    whose::user("alice").in_scope(|| info!("hers"));
    strict.check();
    info!("nobody's");
    assert!(failure(|| strict.check()).is_some());
    assert!(failure(|| drop(strict)).is_some(), "the drop fails too");
}

#[test]
fn records_outside_strict_mode_do_not_count() {
    let rec = Recorder::start();
    info!("before");
    let strict = require_user();
    let elsewhere = || {
        thread::spawn(|| Scope::isolated().in_scope(|| info!("of another test")))
            .join()
            .unwrap();
    };
    elsewhere();
    drop(strict);
    info!("after");
    let messages: Vec<_> = rec
        .events()
        .iter()
        .map(|event| event.message().map(String::from))
        .collect();
    assert_eq!(messages, [Some("before".into()), Some("after".into())]);
}

#[test]
fn records_of_carried_scope_count() {
    let failure = failure(|| {
        let _strict = require_user();
        let scope = Scope::current();
        thread::spawn(|| scope.in_scope(|| info!("nobody's")))
            .join()
            .unwrap();
    });
    assert!(failure.expect("a failure").contains("event \"nobody's\""));
}

#[test]
fn anonymous_and_late_identified_records_pass() {
    let _strict = require_user();
    whose::anonymous().in_scope(|| info!("a health check"));
    let request = info_span!("request").entered();
    whose::set_user("alice");
    drop(request);
}

#[test]
fn failing_test_does_not_panic_twice() {
    let failure = failure(|| {
        let _strict: RequireUser = require_user();
        info!("nobody's");
        panic!("{}", "the test's own");
    });
    assert_eq!(failure.as_deref(), Some("the test's own"));
}
