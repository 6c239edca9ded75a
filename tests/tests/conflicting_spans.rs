//! Spans of one request that are entered in another one are counted, warned about once for each call
//! site of a span, and fail strict tests where both requests run and name different users: alone in
//! its process, whose counters it compares.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::{Instrument as _, Span, info_span};
use tracing_subscriber::prelude::*;
use whose::testing::require_user;
use whose::{Scope, ScopeExt as _};
use whose_tests::current::{assert_user, user_id};
use whose_tests::log_buffer::LogBuffer;

/// An open request of a user, with a span that was made in it.
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

    let (alices, connection) = request("alice");
    let (bobs, _) = request("bob");
    for _ in 0..3 {
        bobs.clone().in_scope(|| {
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
    // The call site of the span, and those of both users.
    let sites = warnings[0].matches("conflicting_spans.rs:").count();
    assert_eq!(sites, 3, "{text}");
    for way_out in ["parent: None", "Scope::detached()"] {
        assert!(warnings[0].contains(way_out), "{text}");
    }

    same_users_and_workers_are_no_conflict();
    strict_test_fails_for_an_entry_across_two_open_requests();

    // Once Alice's request has ended, the span gives way without a word.
    drop(alices);
    let before = conflicts();
    bobs.in_scope(|| connection.in_scope(|| assert_user("bob")));
    assert_eq!(conflicts(), before);
}

fn same_users_and_workers_are_no_conflict() {
    let before = conflicts();
    let ((_first, span), (second, _)) = (request("carol"), request("carol"));
    second.in_scope(|| span.in_scope(|| assert_user("carol")));

    // A queue worker runs jobs under their own spans, of requests that run and that have ended.
    let (open, job_of_open) = request("dave");
    let (_, job_of_ended) = request("erin");
    let worker = async move {
        let run = |user: &'static str| async move { assert_eq!(user_id().as_deref(), Some(user)) };
        run("dave").instrument(job_of_open).await;
        run("erin").instrument(job_of_ended).await;
    };
    futures_util::FutureExt::now_or_never(worker).expect("nothing to wait for");
    drop(open);

    // So does a worker that was started in a request which has ended since.
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
    // Only where both have ended could the job be a pooled object's.
    assert_eq!(conflicts(), before + 1);
}

fn strict_test_fails_for_an_entry_across_two_open_requests() {
    let failed = catch_unwind(AssertUnwindSafe(|| {
        let strict = require_user();
        let ((_alices, connection), (bobs, _)) = (request("alice"), request("bob"));
        bobs.in_scope(|| connection.in_scope(|| assert_user("alice")));
        strict.check();
    }));
    let panic = failed.expect_err("the strict test fails");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.contains("the span `connection`"), "{message}");
}
