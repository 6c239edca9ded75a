//! What `whose-otlp` sends to `whose serve` is in the store as if the sender had written it.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.
#![cfg(feature = "ingest")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value as Json;
use support::server::Server;
use tracing_subscriber::prelude::*;
use whose::{Actor, Breadcrumb, RecordSink, Scope, Service, Session, User};
use whose_store::{
    GroupBy, LatestFilter, Queries, Query, Reader, Rows, ScoreFilter, Store, UnattributedFilter,
};

const INGEST: &str = "ingest-0123456789abcdef";
const FLUSH: Duration = Duration::from_secs(60);

/// What OTLP does not carry: the number of the row, and where the user and the session were set.
const NOT_CARRIED: [&str; 3] = ["id", "user_site", "session_site"];

#[test]
fn record_that_was_sent_is_the_record_that_was_written() {
    let (written, sent) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let served = Server::start_with(sent.path(), &["--ingest-token", INGEST]);
    let store = Store::open(written.path().join("whose.db")).unwrap();
    let sink = whose_otlp::builder()
        .endpoint(served.url())
        .header("authorization", format!("Bearer {INGEST}"))
        .build();
    let service = Service::new("checkout")
        .with_version("1.2")
        .with_environment("prod")
        .with_host("host-7");
    let layer = whose::layer()
        .with_service(service)
        .with_message_content(whose::MessageContent::SpansAndEvents)
        .with_sink(store.clone())
        .with_sink(sink.clone());
    let layer = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(layer, records_of_every_kind);
    assert!(store.flush(FLUSH).is_complete());
    assert!(sink.flush(FLUSH).is_complete(), "{:?}", sink.stats());
    assert_eq!(sink.stats().dropped, 0, "{:?}", sink.stats());

    let (written, sent) = (Contents::of(written.path()), Contents::of(sent.path()));
    assert!(written.records.len() >= 25, "{}", written.records.len());
    for (written, sent) in written.records.iter().zip(&sent.records) {
        assert_eq!(written, sent);
    }
    assert_eq!(written.records.len(), sent.records.len());
    for (view, rows) in &written.views {
        assert!(!rows.is_empty(), "{view} shows nothing");
        assert_eq!(*rows, sent.views[view], "{view}");
    }
}

fn records_of_every_kind() {
    let alice = User::new("alice")
        .with_email("alice@example.com")
        .with_username("al")
        .with_full_name("Alice A.")
        .with_ip_address("10.0.0.7")
        .with_segment("beta")
        .with_attr("plan", "pro")
        .with_attr("seats", 7)
        .with_attr("trial", false);
    whose::user(alice)
        .session(Session::new("s-2").with_previous_id("s-1"))
        .conversation("thread-1")
        .actor("operator-2")
        .tag("region", "eu")
        .extra("cart", serde_json::json!({"items": [1, 2], "total": 3.5}))
        .extra("note", "a text")
        .context("app", serde_json::json!({"build": 7}))
        .in_scope(|| {
            let span = tracing::info_span!("checkout", step = 2_u64, ok = true, ratio = 0.25);
            span.in_scope(|| {
                tracing::warn!(name: "stock.low", left = -3, "only three left");
                tracing::debug!("without a name of its own");
                tracing::error!(error = "declined by the bank", "payment failed");
                let _agent = whose::actor(Actor::agent("planner")).enter();
                agent();
                retrieve();
                model_call();
                scores_flags_and_errors();
            });
            tracing::trace_span!("fine", otel.kind = "producer").in_scope(|| ());
        });
    requests();
    // A user without an id, nobody, and nobody known.
    whose::user(User::without_id().with_email("bob@example.com"))
        .in_scope(|| tracing::info!("of an address"));
    whose::anonymous().in_scope(|| tracing::info!("of nobody"));
    tracing::info!("outside every scope");
    whose::session("s-9").in_scope(|| tracing::info!("of a session alone"));
    tracing::info!(
        user.id = "carol",
        session.id = "s-7",
        tag.via = "field",
        "by its fields"
    );
    whose::user("of another script: Ωμέγα \u{202e}").in_scope(|| tracing::info!("\u{1b}[2J"));
    whose::user("x".repeat(300)).in_scope(|| tracing::info!("{}", "long ".repeat(3_000)));
    whose::monitor("nightly").run(|| ());
}

fn requests() {
    // The login comes after the first records: a link attributes them.
    Scope::isolated().in_scope(|| {
        tracing::info!("before the login");
        whose::set_session("s-8");
        whose::set_user("dave");
        whose::set_actor("operator-3");
        tracing::info!("after the login");
    });
    let service = tower::ServiceBuilder::new()
        .layer(whose::tower::AttributionLayer::new())
        .service_fn(|_: axum::http::Request<()>| async {
            whose::set_user("erin");
            Ok::<_, std::convert::Infallible>(axum::http::Response::new(String::new()))
        });
    let request = axum::http::Request::builder().uri("/orders/7?x=1");
    let request = request.method("PATCH").body(()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let answer = runtime.block_on(tower::ServiceExt::oneshot(service, request));
    drop(answer);
}

#[whose::trace(kind = agent, name = "plan", input(goal), output, err)]
fn agent_of(goal: &str) -> Result<String, std::io::Error> {
    Err(std::io::Error::other(format!("no plan for {goal}")))
}

fn agent() {
    assert!(agent_of("a trip").is_err());
}

#[whose::trace(kind = retriever)]
fn retrieve() {
    whose::usage("text-embedding-3-small")
        .provider("openai")
        .input_tokens(90)
        .record();
}

/// The call is reported inside a span, whose tokens are not counted twice.
fn model_call() {
    let call = tracing::info_span!("call", gen_ai.operation.name = "chat");
    call.in_scope(|| {
        whose::usage("gpt-4o-2024-08-06")
            .provider("openai")
            .input_tokens(1_000)
            .output_tokens(200)
            .cache_read_tokens(400)
            .reasoning_tokens(50)
            .record();
    });
    tracing::info_span!(
        "by fields",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "anthropic",
        gen_ai.request.model = "claude-sonnet-4-5",
        gen_ai.usage.input_tokens = 10_u64,
        gen_ai.usage.output_tokens = 20_u64,
        gen_ai.output.messages = "[]",
    )
    .in_scope(|| ());
}

fn scores_flags_and_errors() {
    whose::score("helpful", 0.5).comment("half of it").record();
    whose::score("tone", "polite").record();
    whose::flag("new-cart", true);
    whose::flag("variant", "b");
    whose::flag("a-limit", 7);
    whose::add_breadcrumb(
        Breadcrumb::new("opened checkout")
            .with_category("ui")
            .with_type("navigation")
            .with_level(tracing::Level::WARN)
            .with_data("step", 2),
    );
    let inner = std::io::Error::other("the bank is closed");
    let outer = std::io::Error::other(inner);
    whose::error(&outer).tag("gateway", "b-2").capture();
    whose::error(&outer)
        .user("frank")
        .fingerprint("bank")
        .capture();
    whose::capture_message("order 17 has no items");
}

/// What the queries say about a store.
struct Contents {
    records: Vec<String>,
    views: BTreeMap<&'static str, Vec<String>>,
}

impl Contents {
    fn of(folder: &Path) -> Self {
        let store = Reader::open(folder.join("whose.db")).unwrap();
        let records = store.latest(&LatestFilter::new(), 10_000).unwrap().rows;
        let mut records: Vec<_> = records.iter().map(shown).collect();
        // The time stands in front, so rows of the same record are compared with each other.
        records.sort_by_key(|row| {
            let row: Json = serde_json::from_str(row).unwrap();
            (
                row["time"].to_string(),
                row["name"].to_string(),
                row["span_id"].to_string(),
            )
        });
        Self {
            records,
            views: views(&store),
        }
    }
}

fn views(store: &Reader) -> BTreeMap<&'static str, Vec<String>> {
    let all = &Query::new();
    let unattributed = store.unattributed(&UnattributedFilter::new(), all);
    BTreeMap::from([
        ("users", rows(store.users(all).unwrap())),
        ("sessions", rows(store.sessions(None, all).unwrap())),
        (
            "conversations",
            rows(store.user_conversations("alice", all).unwrap()),
        ),
        (
            "trail after a login",
            rows(store.audit("dave", all).unwrap()),
        ),
        ("costs", rows(store.cost(&GroupBy::User, all).unwrap().rows)),
        ("errors", rows(store.errors(None, all).unwrap())),
        ("jobs", rows(store.jobs(all).unwrap())),
        (
            "scores",
            rows(store.scores(&ScoreFilter::new(), all).unwrap().rows),
        ),
        ("coverage", rows(store.coverage(all).unwrap())),
        ("unattributed", rows(unattributed.unwrap())),
        ("totals", vec![shown(&store.totals(all).unwrap())]),
    ])
}

/// The rows without the numbers of records, in an order that does not depend on when they arrived.
fn rows<R: Serialize>(rows: Rows<'_, R>) -> Vec<String> {
    let mut rows: Vec<_> = rows.map(|row| shown(&row.unwrap())).collect();
    rows.sort();
    rows
}

/// A row as JSON, without what OTLP does not carry.
fn shown(row: &impl Serialize) -> String {
    let mut row = serde_json::to_value(row).unwrap();
    let columns = row.as_object_mut().unwrap();
    columns.retain(|name, _| !NOT_CARRIED.contains(&&**name));
    serde_json::to_string_pretty(&row).unwrap()
}
