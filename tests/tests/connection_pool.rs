//! A connection pool (`reqwest` over HTTP/2) that two users share does not mix their users:
//! requests of Bob over a connection opened for Alice belong to Bob.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::SystemTime;

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use reqwest::Client;
use tokio::net::TcpListener;
use tracing::{Instrument as _, info, info_span};
use whose::{Record, RecordType, ScopeExt as _};
use whose_tests::current::is_nothing_current;
use whose_tests::http::client;
use whose_tests::recorder::{recorder, user_and_session};

/// Starts a server in the same process without a user. Returns its address and the number of
/// accepted connections.
async fn serve() -> (SocketAddr, Arc<AtomicUsize>) {
    let connections = Arc::<AtomicUsize>::default();
    let count = connections.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = listener.tap_io(move |_| {
        count.fetch_add(1, SeqCst);
    });
    let handler = || async {
        assert!(is_nothing_current());
        info!("served");
        "x".repeat(100_000)
    };
    let app = Router::new().route("/", get(handler));
    tokio::spawn(async { axum::serve(listener, app).await });
    (address, connections)
}

/// Sends one request of a user, inside a span and with events.
async fn request(client: Client, address: SocketAddr, user: &'static str, message: &'static str) {
    let session = format!("s-{user}");
    let scope = whose::user(user).session(&session);
    let work = async move {
        info!(user, "{message}: sent");
        let response = client
            .get(format!("http://{address}/"))
            .send()
            .await
            .unwrap();
        info!(user, "{message}: head");
        let body = response.text().await.unwrap();
        assert_eq!(body.len(), 100_000);
        info!(user, "{message}: body");
        assert_eq!(whose::current().user_id(), Some(user));
        assert_eq!(whose::current().session_id(), Some(&*session));
    };
    async { work.instrument(info_span!("request", user)).await }
        .with_scope(scope)
        .await;
}

/// Whether a crate of the pool made the record.
fn is_from_pool(record: &Record) -> bool {
    let (crate_name, _) = record
        .target()
        .split_once("::")
        .unwrap_or((record.target(), ""));
    ["h2", "hyper", "hyper_util", "reqwest"].contains(&crate_name)
}

fn belongs_to(record: &Record, user: &str) -> bool {
    record.user_id() == Some(user) || record.session_id() == Some(&*format!("s-{user}"))
}

fn pool_records_since(start: SystemTime) -> Vec<Arc<Record>> {
    let mut records = recorder().records();
    records.retain(|record| is_from_pool(record) && record.start() >= start);
    records
}

fn targets(records: &[Arc<Record>]) -> BTreeSet<&str> {
    let crates = records
        .iter()
        .filter_map(|record| record.target().split("::").next());
    crates.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shared_connection_pool_does_not_mix_users() {
    recorder();
    let (address, connections) = serve().await;
    let client = client().http2_prior_knowledge().build().unwrap();
    let request = |user, message| tokio::spawn(request(client.clone(), address, user, message));

    // Alice alone: one of her requests opens the connection.
    let start = SystemTime::now();
    for _ in 0..5 {
        request("alice", "alone").await.unwrap();
    }
    let records = pool_records_since(start);
    let of_alice = records.iter().filter(|record| belongs_to(record, "alice"));
    assert_ne!(
        of_alice.count(),
        0,
        "the pool made no record of Alice that could leak"
    );
    assert!(records.iter().all(|record| !belongs_to(record, "bob")));

    // Bob alone, over the connection of Alice.
    let start = SystemTime::now();
    for _ in 0..5 {
        request("bob", "alone").await.unwrap();
    }
    let records = pool_records_since(start);
    let leaked: Vec<_> = records
        .iter()
        .filter(|record| belongs_to(record, "alice"))
        .collect();
    assert!(
        leaked.is_empty(),
        "{} leaked, such as {:?}",
        leaked.len(),
        leaked[0]
    );
    let (spans, events): (Vec<_>, Vec<_>) = records
        .into_iter()
        .partition(|record| record.record_type() == RecordType::Span);
    assert!(
        targets(&spans).contains("h2"),
        "spans of {:?}",
        targets(&spans)
    );
    assert!(
        targets(&events).is_superset(&BTreeSet::from(["h2", "hyper_util"])),
        "events of {:?}",
        targets(&events)
    );
    let of_bob = spans
        .iter()
        .chain(&events)
        .filter(|record| belongs_to(record, "bob"));
    assert_ne!(
        of_bob.count(),
        0,
        "the pool made no record inside the requests of Bob"
    );

    // Both at the same time.
    let both: Vec<_> = (0..40)
        .map(|n| request(["alice", "bob"][n % 2], "both"))
        .collect();
    for request in both {
        request.await.unwrap();
    }
    assert_eq!(
        connections.load(SeqCst),
        1,
        "both users share one connection"
    );
    assert_request_records_have_user();
}

/// Asserts that the records of a request have the user of the request, and so do the records of the
/// pool inside the span of the request.
fn assert_request_records_have_user() {
    let records = recorder().records();
    let mut count = 0;
    for record in &records {
        let Some(user) = record.field("user").and_then(whose::Value::as_str) else {
            continue;
        };
        count += 1;
        let session = format!("s-{user}");
        assert_eq!(
            user_and_session(record),
            (Some(user), Some(&*session)),
            "{record:?}"
        );
    }
    assert_eq!(count, 50 * 4, "a span and three events for each request");

    let mut inside = 0;
    for request in records.iter().filter(|record| record.name() == "request") {
        let is_in_trace =
            |record: &&Arc<Record>| record.trace_id() == request.trace_id() && is_from_pool(record);
        for record in records.iter().filter(is_in_trace) {
            assert_eq!(
                user_and_session(record),
                user_and_session(request),
                "{record:?}"
            );
            inside += 1;
        }
    }
    assert_ne!(
        inside, 0,
        "the pool made no record inside the spans of the requests"
    );
}
