//! The clients: many requests at once, of all users in turn over the same connections.

use futures_util::SinkExt as _;
use futures_util::stream::{self, StreamExt as _};
use reqwest::{Client, RequestBuilder};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::service::{SIGNED_IN, SIGNED_IN_LATE, Service};
use super::truth::session;

/// The number of concurrent requests.
const CONCURRENT: usize = 200;

/// Sends the requests, and waits until each has its answer or has gone away.
pub(crate) async fn send_all(service: &Service, requests: u32) {
    let client = &whose_tests::http::client().build().expect("a client");
    let kinds: Vec<_> = SIGNED_IN.into_iter().chain(SIGNED_IN_LATE).collect();
    stream::iter(0..requests)
        .for_each_concurrent(CONCURRENT, |request| {
            // Each kind has customers with and without each operator.
            let kind = kinds[request as usize / 7 % kinds.len()];
            send(service, client, kind, request)
        })
        .await;
}

async fn send(service: &Service, client: &Client, kind: &str, request: u32) {
    let path = format!("{}/{}/{kind}/{request}", service.address, service.run.name);
    let get = client.get(format!("http://{path}"));
    let get = get.header("x-session", session(request));
    match kind {
        "ws" => talk(service, &path, request).await,
        "cancel" => cancel(service, get, request).await,
        // The server breaks the connection.
        "panic" => assert!(get.send().await.is_err()),
        _ => {
            let response = get.send().await.expect("a response");
            assert!(response.status().is_success(), "{path}");
            response.bytes().await.expect("the body");
        }
    }
}

/// Goes away as soon as the handler runs.
async fn cancel(service: &Service, get: RequestBuilder, request: u32) {
    let (arrival, arrived) = oneshot::channel();
    service.expect(request, arrival);
    tokio::select! {
        _ = get.send() => panic!("the handler never answers"),
        _ = arrived => {}
    }
}

async fn talk(service: &Service, path: &str, request: u32) {
    let stream = TcpStream::connect(service.address)
        .await
        .expect("a connection");
    let mut upgrade = format!("ws://{path}")
        .into_client_request()
        .expect("a request");
    let session = session(request).parse().expect("a header");
    upgrade.headers_mut().insert("x-session", session);
    let (mut socket, _) = client_async(upgrade, stream).await.expect("a web socket");
    for _ in 0..2 {
        let message = Message::Text("hello".into());
        socket.send(message).await.expect("the service listens");
        let answer = socket.next().await.expect("an answer");
        assert!(answer.expect("a message").is_text());
    }
    socket.close(None).await.expect("an end");
}
