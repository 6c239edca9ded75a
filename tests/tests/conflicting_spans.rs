//! A span of one request that is entered in another request with a different user is a conflict if
//! both requests run or both have ended. Each conflict is counted, and each call site of a span is
//! warned about once. A conflict of two running requests fails a strict test. The test runs alone
//! in its process, because the test compares counters of the process.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::{Instrument as _, Span, info_span};
use tracing_subscriber::prelude::*;
use whose::testing::require_user;
use whose::{Scope, ScopeExt as _};
use whose_tests::current::{assert_user, user_id};
use whose_tests::log_buffer::LogBuffer;

/// An open request of a user, and a span created in the request.
fn request(user: &'static str) -> (Scope, Span) {
    let request = Scope::isolated();
    let span = request.clone().in_scope(|| {
        whose::set_user(user);
        info_span!("connection")
    });
    (request, span)
}

fn conflicts() -> u64 {
    whose::stats().conflicting_entries
}

#[test]
fn span_of_other_open_request_is_counted_and_warned_once() {
    let lines = LogBuffer::default();
    let fmt = tracing_subscriber::fmt::layer();
    tracing_subscriber::registry()
        .with(whose::layer())
        .with(fmt.with_writer(lines.clone()).with_ansi(false))
        .init();

    let (alice_request, connection) = request("alice");
    let (bob_request, _) = request("bob");
    for _ in 0..3 {
        bob_request.clone().in_scope(|| {
            connection.in_scope(|| assert_user("alice"));
            assert_user("bob");
        });
    }
    assert_eq!(conflicts(), 3);
    let text = lines.take();
    let warnings: Vec<_> = text
        .lines()
        .filter(|line| line.contains("connection"))
        .collect();
    assert_eq!(warnings.len(), 1, "{text}");
    // The warning shows the call sites of the span and of both users.
    let sites = warnings[0].matches("conflicting_spans.rs:").count();
    assert_eq!(sites, 3, "{text}");
    for remedy in ["parent: None", "Scope::detached()"] {
        assert!(warnings[0].contains(remedy), "{text}");
    }

    assert_same_user_and_workers_do_not_conflict();
    assert_strict_test_fails_for_conflict();

    // After the request of Alice has ended, the span changes nothing and nothing is counted.
    drop(alice_request);
    let before = conflicts();
    bob_request.in_scope(|| connection.in_scope(|| assert_user("bob")));
    assert_eq!(conflicts(), before);
}

fn assert_same_user_and_workers_do_not_conflict() {
    let before = conflicts();
    let ((_first, span), (second, _)) = (request("carol"), request("carol"));
    second.in_scope(|| span.in_scope(|| assert_user("carol")));

    // A queue worker runs each job in the span of the request of the job, whether the request still
    // runs or has ended.
    let (open, job_of_open) = request("dave");
    let (_, job_of_ended) = request("erin");
    let worker = async move {
        let run = |user: &'static str| async move { assert_eq!(user_id().as_deref(), Some(user)) };
        run("dave").instrument(job_of_open).await;
        run("erin").instrument(job_of_ended).await;
    };
    futures_util::FutureExt::now_or_never(worker).expect("nothing to wait for");
    drop(open);

    // A worker that was started in a request that has ended since runs the jobs in the same way.
    let (first, _) = request("frank");
    let carried = first.in_scope(Scope::current);
    let ((_running, of_running), (_, of_ended)) = (request("grace"), request("heidi"));
    let worker = async move {
        assert_user("frank");
        of_running.in_scope(|| assert_user("grace"));
        of_ended.in_scope(|| assert_user("heidi"));
        assert_user("frank");
    };
    futures_util::FutureExt::now_or_never(worker.with_scope(carried)).expect("nothing to wait for");
    // Only the entry where both requests have ended counts: a pooled object could have made that
    // entry.
    assert_eq!(conflicts(), before + 1);
}

fn assert_strict_test_fails_for_conflict() {
    let failed = catch_unwind(AssertUnwindSafe(|| {
        let strict = require_user();
        let ((_alice_request, connection), (bob_request, _)) = (request("alice"), request("bob"));
        bob_request.in_scope(|| connection.in_scope(|| assert_user("alice")));
        strict.check();
    }));
    let panic = failed.expect_err("the strict test fails");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.contains("the span `connection`"), "{message}");
}
