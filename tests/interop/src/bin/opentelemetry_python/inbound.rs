//! Requests of the service in Python to this program, which trusts it on one path and not on another.

use std::future::Future;
use std::net::Ipv4Addr;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::FutureExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::{JoinSet, spawn_blocking};
use whose::ScopeExt;
use whose::tower::AttributionLayer;
use whose_interop::http;
use whose_interop::tally::{Report, Tally};
use whose_interop::visit::{self, Visit};
use whose_opentelemetry::remote_scope;

use crate::telemetry::{PROPAGATOR, Telemetry};

/// The user whom this service authenticates on one path.
const OPERATOR: &str = "operator-7";

/// A request that the service in Python sent.
struct Call {
    visit: Visit,
    /// What this service answered, and the ids of the span in Python.
    sent: Value,
}

pub(crate) async fn check(url: &str, telemetry: &Telemetry, report: &mut Report) {
    let service = serve().await;
    let calls = call_all(url, &format!("{service}/trusting")).await;
    report.add(
        "calls by python: traceparent",
        &check_traces(&calls, telemetry),
    );
    let user = |visit: &Visit| visit.user;
    report.add(
        "calls by python: a trusted peer",
        &check_users(&calls, user, "remote"),
    );
    let calls = call_all(url, &format!("{service}/distrusting")).await;
    report.add(
        "calls by python: another peer",
        &check_users(&calls, |_| None, ""),
    );
    let calls = call_all(url, &format!("{service}/trusting/authenticated")).await;
    let user = |_: &Visit| Some(OPERATOR);
    let tally = check_users(&calls, user, "isolation");
    report.add("calls by python: an authenticated user wins", &tally);
}

/// Starts the service. Returns its URL.
async fn serve() -> String {
    let router = || {
        Router::new()
            .route("/", get(answer))
            .route("/authenticated", get(answer).layer(from_fn(authenticate)))
            .layer(AttributionLayer::new())
    };
    let service = Router::new()
        .nest("/trusting", router().layer(from_fn(trust)))
        .nest("/distrusting", router().layer(from_fn(distrust)));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.unwrap_or_else(|error| panic!("no port: {error}"));
    let address = listener.local_addr().map(|address| address.to_string());
    tokio::spawn(async { axum::serve(listener, service).await });
    format!("http://{}", address.unwrap_or_default())
}

/// Continues the trace of the peer, and believes its baggage.
async fn trust(request: Request, next: Next) -> Response {
    let context = extract(&request);
    next.run(request)
        .with_scope(remote_scope(&context))
        .with_context(context)
        .await
}

/// Continues the trace of the peer, and believes nothing else.
fn distrust(request: Request, next: Next) -> impl Future<Output = Response> {
    let context = extract(&request);
    async move { next.run(request).await }.with_context(context)
}

async fn authenticate(request: Request, next: Next) -> Response {
    whose::set_user(OPERATOR);
    next.run(request).await
}

async fn answer() -> Json<Value> {
    let attribution = whose::current();
    let source = attribution.user_source().map(|source| source.to_string());
    Json(json!({
        "user": attribution.user_id(),
        "session": attribution.session_id(),
        "source": source.unwrap_or_default(),
    }))
}

fn extract(request: &Request) -> Context {
    struct Headers<'a>(&'a axum::http::HeaderMap);
    impl Extractor for Headers<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key)?.to_str().ok()
        }
        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(|name| name.as_str()).collect()
        }
    }
    PROPAGATOR.extract(&Headers(request.headers()))
}

/// Lets the service in Python call the URL for every visit, all at once.
async fn call_all(url: &str, target: &str) -> Vec<Call> {
    let mut running = JoinSet::new();
    for visit in visit::visits("inbound") {
        let mut baggage =
            json!({ "session.id": visit.session, "user.email": "private@example.com" });
        if let Some(user) = visit.user {
            baggage["user.id"] = user.into();
        }
        let (url, order) = (
            format!("{url}/call"),
            json!({ "url": target, "baggage": baggage }),
        );
        running.spawn(async move {
            let sent = spawn_blocking(move || http::post(&url, &order)).await;
            let sent = sent.unwrap_or_else(|error| panic!("the call failed: {error}"));
            Call { visit, sent }
        });
    }
    running.join_all().await
}

/// The span of each request continues the trace, below the span in Python.
fn check_traces(calls: &[Call], telemetry: &Telemetry) -> Tally {
    let mut tally = Tally::default();
    let spans = telemetry.spans(whose::names::http::SERVER_SPAN);
    let records = telemetry.records(whose::names::http::SERVER_SPAN);
    for call in calls {
        let trace = call.sent["trace_id"].as_str();
        let span = spans
            .iter()
            .find(|span| Some(span.span_context.trace_id().to_string().as_str()) == trace);
        let parent = span.map(|span| span.parent_span_id.to_string());
        tally.compare("parent", call.sent["span_id"].as_str(), parent.as_deref());
        let user = span.and_then(|span| {
            let attribute = span
                .attributes
                .iter()
                .find(|it| it.key.as_str() == "user.id")?;
            Some(attribute.value.to_string())
        });
        tally.compare(
            "user of the exported span",
            call.visit.user,
            user.as_deref(),
        );
        let record = records.iter().find(|record| {
            record
                .trace_id()
                .is_some_and(|id| Some(id.to_string().as_str()) == trace)
        });
        let of_record = record.map(|record| record.user_id());
        tally.compare("user of the record", Some(call.visit.user), of_record);
    }
    tally
}

fn check_users(
    calls: &[Call],
    user: impl Fn(&Visit) -> Option<&'static str>,
    source: &str,
) -> Tally {
    let mut tally = Tally::default();
    for call in calls {
        let answer = &call.sent["answer"];
        let user = user(&call.visit);
        tally.compare("user", user, answer["user"].as_str());
        let source = user.map_or("", |_| source);
        tally.compare("source", Some(source), answer["source"].as_str());
    }
    tally
}
