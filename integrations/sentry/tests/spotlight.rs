//! The transport to Spotlight, against a server over TCP.
#![cfg(feature = "spotlight")]
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use common::{id, sent};
use sentry::{Client, ClientOptions, Envelope, Hub, Level};
use tokio::net::TcpListener;
use whose_sentry::{Integration, Spotlight};

/// Takes an envelope as Spotlight does: only with its content type.
async fn spotlight() -> (String, Arc<Mutex<Vec<Envelope>>>) {
    let received: Arc<Mutex<Vec<Envelope>>> = Arc::default();
    let kept = Arc::clone(&received);
    let receive = move |headers: HeaderMap, body: Bytes| async move {
        if headers
            .get("content-type")
            .is_none_or(|it| it != "application/x-sentry-envelope")
        {
            return StatusCode::BAD_REQUEST;
        }
        kept.lock()
            .unwrap()
            .push(Envelope::from_slice(&body).unwrap());
        StatusCode::OK
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/stream", listener.local_addr().unwrap());
    let router = Router::new().route("/stream", post(receive));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

fn capture(options: ClientOptions) -> bool {
    let client = Arc::new(Client::from(options.add_integration(Integration::new())));
    let hub = Arc::new(Hub::new(Some(Arc::clone(&client)), Arc::default()));
    Hub::run(hub, || {
        whose::user("alice").in_scope(|| sentry::capture_message("hello", Level::Info));
    });
    client.flush(Some(Duration::from_secs(20)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spotlight_takes_the_envelopes() {
    let (url, received) = spotlight().await;
    let options = Spotlight::new(url).add_to(ClientOptions::new());
    assert!(
        tokio::task::spawn_blocking(move || capture(options))
            .await
            .unwrap()
    );
    let sent = sent(std::mem::take(&mut *received.lock().unwrap()));
    assert_eq!(id(&sent.events[0].user), Some("alice"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_transport_receives_the_envelopes_too() {
    let (url, received) = spotlight().await;
    let other = sentry::test::TestTransport::new();
    let options = ClientOptions::new()
        .dsn("https://public@sentry.invalid/1")
        .transport(Arc::clone(&other));
    let options = Spotlight::new(url).add_to(options);
    assert!(
        tokio::task::spawn_blocking(move || capture(options))
            .await
            .unwrap()
    );
    assert_eq!(received.lock().unwrap().len(), 1);
    assert_eq!(other.fetch_and_clear_events().len(), 1);
}

#[test]
fn unreachable_spotlight_does_not_stop_the_program() {
    let options = Spotlight::new("http://127.0.0.1:1/stream").add_to(common::options());
    assert!(capture(options));
    let options = Spotlight::new("no url").add_to(common::options());
    assert!(capture(options));
}
