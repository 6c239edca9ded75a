//! A pooled connection keeps the span of the request that opened it. Records of later users of the
//! connection are never attributed to the opener.
//!
//! These tests do not use `whose::testing::Recorder`: it opens an isolated scope around a test, and
//! some of the tests need code outside every isolated scope.

use futures_util::FutureExt as _;
use tracing::{Span, info_span};
use whose::{Scope, ScopeExt as _};
use whose_tests::current::{assert_user, user_id};
use whose_tests::recorder::recorder;

/// The span of a connection that a request of Carol opened, and the scope of the request.
fn connection() -> (Span, Scope) {
    recorder();
    let request = Scope::isolated();
    let span = request.clone().in_scope(|| {
        whose::set_user("carol");
        info_span!("connection")
    });
    (span, request)
}

/// The span of a connection whose request has ended.
fn connection_of_ended_request() -> Span {
    connection().0
}

#[test]
fn query_of_identified_request_has_request_user() {
    let connection = connection_of_ended_request();
    Scope::isolated().in_scope(|| {
        whose::set_user("alice");
        connection.in_scope(|| assert_user("alice"));
    });
}

#[test]
fn query_before_login_has_no_user() {
    let connection = connection_of_ended_request();
    Scope::isolated().in_scope(|| {
        // A middleware looks up the token in the database.
        connection.in_scope(|| assert_eq!(user_id(), None));
        whose::set_user("alice");
    });
}

#[test]
fn query_of_background_task_has_ended_request_user() {
    let connection = connection_of_ended_request();
    let background = Scope::isolated().in_scope(|| {
        whose::set_user("alice");
        let query = async move { connection.in_scope(|| assert_user("alice")) };
        query.with_current_scope()
    });
    background.now_or_never().expect("nothing to wait for");
}

#[test]
fn query_of_job_with_fixed_scope_has_job_user() {
    let connection = connection_of_ended_request();
    whose::user("alice").in_scope(|| connection.in_scope(|| assert_user("alice")));
}

#[test]
fn query_on_connection_of_open_request_is_counted() {
    let (connection, _open) = connection();
    let before = whose::stats().conflicting_entries;
    Scope::isolated().in_scope(|| {
        connection.in_scope(|| ());
        whose::set_user("alice");
    });
    // Other tests of this file increment the counter too.
    assert!(whose::stats().conflicting_entries > before);
}
