//! The real client and its real transport, to a server that receives envelopes over TCP.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use common::{attributed, id, sent};
use sentry::integrations::tracing::{LogLayer, SpanLayer};
use sentry::{ClientOptions, Envelope};
use tokio::net::TcpListener;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::prelude::*;
use whose::{Scope, ScopeExt};

type Received = Arc<Mutex<Vec<Envelope>>>;

async fn receiver() -> (String, Received) {
    let received = Received::default();
    let kept = Arc::clone(&received);
    let receive = move |body: Bytes| async move {
        let envelope = Envelope::from_slice(&body).unwrap();
        kept.lock().unwrap().push(envelope);
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dsn = format!("http://key@{}/1", listener.local_addr().unwrap());
    let router = Router::new().route("/api/1/envelope/", post(receive));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (dsn, received)
}

async fn request(user: &'static str) {
    let span = tracing::info_span!("request", truth = user).entered();
    drop(span);
    whose::set_user(user);
    tokio::task::yield_now().await;
    tracing::info!("handled");
    whose::capture_message(format!("failed for {user}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_receives_the_users() {
    let (dsn, received) = receiver().await;
    let options: ClientOptions = attributed().dsn(&dsn);
    let guard = sentry::init(options);
    let spans = SpanLayer::new().with_filter(LevelFilter::INFO);
    let logs = LogLayer::new().with_filter(LevelFilter::INFO);
    tracing_subscriber::registry()
        .with(whose::layer().with_sink(whose_sentry::sink()))
        .with(whose_sentry::layer(spans.and_then(logs)))
        .init();

    for user in ["alice", "bob"] {
        tokio::spawn(request(user).with_scope(Scope::isolated()))
            .await
            .unwrap();
    }
    let outcome = tokio::task::spawn_blocking(move || {
        let outcome = whose::flush(Duration::from_secs(20));
        drop(guard);
        outcome
    });
    assert!(outcome.await.unwrap().is_complete());

    let sent = sent(std::mem::take(&mut *received.lock().unwrap()));
    let events: Vec<_> = sent.events.iter().map(|event| id(&event.user)).collect();
    assert_eq!(events, [Some("alice"), Some("bob")]);
    let users: Vec<_> = sent
        .logs
        .iter()
        .map(|log| log.attributes["user.id"].0.clone())
        .collect();
    assert_eq!(users, ["alice", "bob"]);
    // Each request's span closed before the login, so nobody is on it, and least of all another user.
    assert_eq!(sent.transactions.len(), 2);
    assert!(
        sent.transactions
            .iter()
            .all(|transaction| transaction.user.is_none())
    );
}
