//! The records of the cases.

use std::io;
use std::time::Duration;

use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::{RecordSink, Scope, User};

/// Records what two customers, an operator, a late visitor and nobody do, and flushes the sink.
///
/// - Alice, in two sessions: a span with a log line, a call of `gpt-4o`, a failure, a score of a
///   conversation, and a call of a model without a price.
/// - Bob, without a session: a log line, and a log line while the operator Olive acts for him.
/// - Carol logs in after her first log line.
/// - Nobody: a log line, an anonymous log line, and a run of a job.
///
/// # Panics
/// If the sink does not confirm the records within a minute.
pub fn record_scenario(sink: impl RecordSink + 'static) {
    let layer = whose::layer().with_sink(sink);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        alice();
        bob();
        carol();
        nobody();
        assert!(whose::flush(Duration::from_secs(60)).is_complete());
    });
}

fn alice() {
    let user = |email, plan| User::new("alice").with_email(email).with_attr("plan", plan);
    whose::user(user("old@example.com", "free"))
        .session("s-1")
        .in_scope(|| {
            let _span = info_span!("work").entered();
            info!(city = "Paris", "looks for a refund");
            call("gpt-4o", 1_000_000, 100_000);
        });
    whose::user(user("new@example.com", "pro"))
        .session("s-2")
        .conversation("c-1")
        .in_scope(|| {
            whose::capture_error(&io::Error::other("card declined"));
            whose::score("helpful", 0.5).record();
            call("our-own", 5, 5);
        });
}

fn bob() {
    whose::user("bob").in_scope(|| info!("looks at a refund"));
    whose::user("bob")
        .actor("olive")
        .in_scope(|| info!("writes for him"));
}

fn carol() {
    Scope::isolated().session("s-3").in_scope(|| {
        info!("before the login");
        whose::set_user("carol");
        info!("after the login");
    });
}

fn nobody() {
    info!("of nobody");
    whose::anonymous().in_scope(|| info!("on purpose"));
    whose::monitor("nightly").run(|| ());
}

fn call(model: &'static str, input: u64, output: u64) {
    whose::usage(model)
        .input_tokens(input)
        .output_tokens(output)
        .record();
}
