//! Requests of this program to the service in Python.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use serde_json::{Value, json};
use tokio::task::{JoinSet, spawn_blocking};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use whose::{Scope, ScopeExt, User};
use whose_interop::http;
use whose_interop::tally::{Report, Tally};
use whose_interop::visit::{self, Visit};
use whose_opentelemetry::OutboundBaggage;

use crate::telemetry::{PROPAGATOR, Telemetry};

/// The host of the service, as the list of hosts names it.
const HOST: &str = "127.0.0.1";

/// The field that tells the records of the calls apart.
const SESSION: &str = "truth.session";

/// A call, and what the service read from its headers.
struct Call {
    visit: Visit,
    trace_id: String,
    span_id: String,
    read: Value,
}

pub(crate) async fn check(url: &str, telemetry: &Telemetry, report: &mut Report) {
    let calls = call_all(url, HOST).await;
    report.add("calls of python: traceparent", &check_traces(&calls));
    report.add(
        "calls of python: ids of the records of whose",
        &check_records(&calls, telemetry),
    );
    report.add(
        "calls of python: baggage for a listed host",
        &check_baggage(&calls, true),
    );
    let calls = call_all(url, "billing.internal").await;
    report.add(
        "calls of python: no baggage for another host",
        &check_baggage(&calls, false),
    );
}

/// Every visit calls the service, all at once.
async fn call_all(url: &str, listed: &'static str) -> Vec<Call> {
    let mut running = JoinSet::new();
    for visit in visit::visits(listed) {
        let mut scope = Scope::isolated().session(&visit.session).tag("plan", "pro");
        if let Some(user) = visit.user {
            scope = scope.user(User::new(user).with_email("private@example.com"));
        }
        let url = format!("{url}/echo");
        running.spawn(async move { call(url, listed, visit).await }.with_scope(scope));
    }
    running.join_all().await
}

#[whose::trace(fields(truth.session = visit.session))]
async fn call(url: String, listed: &str, visit: Visit) -> Call {
    tokio::task::yield_now().await;
    let context = Span::current().context();
    let of_span = context.span().span_context().clone();
    let context = OutboundBaggage::to_hosts([listed]).context_for(HOST, &context);
    let mut headers = HashMap::new();
    PROPAGATOR.inject_context(&context, &mut headers);
    let read = spawn_blocking(move || http::get_with_headers(&url, &headers)).await;
    Call {
        visit,
        trace_id: of_span.trace_id().to_string(),
        span_id: of_span.span_id().to_string(),
        read: read.unwrap_or_else(|error| panic!("the call failed: {error}")),
    }
}

/// The service continues the trace of the call, and the span of the call is the parent.
fn check_traces(calls: &[Call]) -> Tally {
    let mut tally = Tally::default();
    for call in calls {
        tally.compare(
            "trace",
            Some(call.trace_id.as_str()),
            call.read["trace_id"].as_str(),
        );
        tally.compare(
            "parent",
            Some(call.span_id.as_str()),
            call.read["parent_id"].as_str(),
        );
        tally.compare("sampled", Some(true), call.read["sampled"].as_bool());
    }
    tally
}

/// The record that `whose` made of the call has the ids that the service read.
fn check_records(calls: &[Call], telemetry: &Telemetry) -> Tally {
    let mut tally = Tally::default();
    let records = telemetry.records("call");
    for call in calls {
        let session = Some(call.visit.session.as_str());
        let record = records
            .iter()
            .find(|record| record.field(SESSION).and_then(|value| value.as_str()) == session);
        let trace_id = record
            .and_then(|record| record.trace_id())
            .map(|id| id.to_string());
        let span_id = record
            .and_then(|record| record.span_id())
            .map(|id| id.to_string());
        tally.compare(
            "trace id",
            call.read["trace_id"].as_str(),
            trace_id.as_deref(),
        );
        tally.compare(
            "span id",
            call.read["parent_id"].as_str(),
            span_id.as_deref(),
        );
    }
    tally
}

/// The service reads user and session where its host is listed, and nothing else of the user.
fn check_baggage(calls: &[Call], is_listed: bool) -> Tally {
    let mut tally = Tally::default();
    for call in calls {
        let mut sent = json!({});
        if is_listed {
            sent["session.id"] = call.visit.session.as_str().into();
            if let Some(user) = call.visit.user {
                sent["user.id"] = user.into();
            }
        }
        tally.compare("baggage", Some(&sent), Some(&call.read["baggage"]));
    }
    tally
}
