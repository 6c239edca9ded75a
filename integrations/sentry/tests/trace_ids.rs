//! One trace has one id: the records of `whose` carry the ids of Sentry's spans.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod common;

use common::{attributed, captured};
use sentry::integrations::tracing::SpanLayer;
use sentry::protocol::{Context, Transaction};
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::prelude::*;
use whose::Record;
use whose::testing::Recorder;

fn ids(record: &Record) -> (String, String) {
    let (trace, span) = (record.trace_id().unwrap(), record.span_id().unwrap());
    (trace.to_string(), span.to_string())
}

fn ids_of_transaction(transaction: &Transaction<'_>) -> (String, String) {
    match &transaction.contexts["trace"] {
        Context::Trace(trace) => (trace.trace_id.to_string(), trace.span_id.to_string()),
        other => panic!("no trace: {other:?}"),
    }
}

fn run_requests() {
    for _ in 0..2 {
        tracing::info_span!("request").in_scope(|| {
            tracing::info!("event");
            let step = tracing::info_span!("step");
            for _ in 0..3 {
                step.in_scope(|| ());
            }
            tracing::debug_span!("hidden").in_scope(|| tracing::info!("inside"));
        });
    }
}

/// Checks the records of [`run_requests`] against what Sentry got.
fn check(records: &Recorder, sent: &common::Sent) {
    let of_name = |name: &str| -> Vec<_> {
        let mut spans = records.spans();
        spans.retain(|span| span.name() == name);
        spans
    };
    let (requests, steps) = (of_name("request"), of_name("step"));
    assert_eq!((requests.len(), sent.transactions.len()), (2, 2));
    for (at, transaction) in sent.transactions.iter().enumerate() {
        assert_eq!(ids(&requests[at]), ids_of_transaction(transaction));
        let step = &transaction.spans[0];
        let expected = (step.trace_id.to_string(), step.span_id.to_string());
        assert_eq!(ids(&steps[at]), expected);
        assert_eq!(steps[at].parent_id(), requests[at].span_id());
    }
    assert_ne!(requests[0].trace_id(), requests[1].trace_id());
    // A span that Sentry does not know has an id of its own in the trace of Sentry.
    for (at, hidden) in of_name("hidden").iter().enumerate() {
        assert_eq!(hidden.trace_id(), requests[at].trace_id());
        assert_eq!(hidden.parent_id(), requests[at].span_id());
        assert_ne!(hidden.span_id(), requests[at].span_id());
    }
    let mut events = records.events();
    events.retain(|event| event.message() == Some("event"));
    for (event, request) in events.iter().zip(&requests) {
        assert_eq!(ids(event), ids(request));
    }
}

#[test]
fn records_have_the_ids_of_sentry_in_both_orders() {
    for is_whose_first in [true, false] {
        let mut records = None;
        let run = || {
            let recorder = Recorder::start();
            run_requests();
            records = Some(recorder);
        };
        let subscriber: Dispatch = match is_whose_first {
            true => {
                let peers = SpanLayer::new().with_filter(LevelFilter::INFO);
                let layers = tracing_subscriber::registry().with(whose::layer());
                layers.with(whose_sentry::layer(peers)).into()
            }
            false => {
                let peers = SpanLayer::new().with_filter(LevelFilter::INFO);
                let layers = tracing_subscriber::registry().with(whose_sentry::layer(peers));
                layers.with(whose::layer()).into()
            }
        };
        let sent = captured(attributed(), subscriber, run);
        check(&records.unwrap(), &sent);
    }
}
