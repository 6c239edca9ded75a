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

/// A server in the same process; its records are nobody's. Counts the connections it is asked for.
async fn serve() -> (SocketAddr, Arc<AtomicUsize>) {
    let connections = Arc::<AtomicUsize>::default();
    let count = connections.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = listener.tap_io(move |_| {
        count.fetch_add(1, SeqCst);
    });
    let answer = || async {
        assert!(is_nothing_current());
        info!("served");
        "x".repeat(100_000)
    };
    let app = Router::new().route("/", get(answer));
    tokio::spawn(async { axum::serve(listener, app).await });
    (address, connections)
}

/// One request of a user, in a span and with events of its own.
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

/// Whether the record is of one of the crates that the pool is made of.
fn is_of_the_pool(record: &Record) -> bool {
    let (name, _) = record
        .target()
        .split_once("::")
        .unwrap_or((record.target(), ""));
    ["h2", "hyper", "hyper_util", "reqwest"].contains(&name)
}

fn is_whose(record: &Record, user: &str) -> bool {
    record.user_id() == Some(user) || record.session_id() == Some(&*format!("s-{user}"))
}

fn of_the_pool_since(begun: SystemTime) -> Vec<Arc<Record>> {
    let mut records = recorder().records();
    records.retain(|record| is_of_the_pool(record) && record.start() >= begun);
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

    // Alice alone: the connection is opened inside one of her requests.
    let alices = SystemTime::now();
    for _ in 0..5 {
        request("alice", "alone").await.unwrap();
    }
    let records = of_the_pool_since(alices);
    let hers = records.iter().filter(|record| is_whose(record, "alice"));
    assert_ne!(
        hers.count(),
        0,
        "the pool recorded nothing of Alice's that could leak"
    );
    assert!(records.iter().all(|record| !is_whose(record, "bob")));

    // Bob alone, on her connection.
    let bobs = SystemTime::now();
    for _ in 0..5 {
        request("bob", "alone").await.unwrap();
    }
    let records = of_the_pool_since(bobs);
    let leaked: Vec<_> = records
        .iter()
        .filter(|record| is_whose(record, "alice"))
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
    let his = spans
        .iter()
        .chain(&events)
        .filter(|record| is_whose(record, "bob"));
    assert_ne!(
        his.count(),
        0,
        "the pool recorded nothing inside Bob's requests"
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
        "the users were to share a connection"
    );
    check_own_records();
}

/// What happened in a request is its user's, and so is all that the pool did inside its span.
fn check_own_records() {
    let records = recorder().records();
    let mut own = 0;
    for record in &records {
        let Some(user) = record.field("user").and_then(whose::Value::as_str) else {
            continue;
        };
        own += 1;
        let session = format!("s-{user}");
        assert_eq!(
            user_and_session(record),
            (Some(user), Some(&*session)),
            "{record:?}"
        );
    }
    assert_eq!(own, 50 * 4, "a span and three events for each request");

    let mut inside = 0;
    for request in records.iter().filter(|record| record.name() == "request") {
        let of_its_trace = |record: &&Arc<Record>| {
            record.trace_id() == request.trace_id() && is_of_the_pool(record)
        };
        for record in records.iter().filter(of_its_trace) {
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
        "the pool recorded nothing inside the requests' spans"
    );
}
