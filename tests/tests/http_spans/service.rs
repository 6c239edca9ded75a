//! A service and its client.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use whose::Record;
use whose::names::http::SERVER_SPAN;
use whose_tests::recorder::recorder;

/// Serves on a free port until the runtime of the test ends.
pub(crate) async fn serve(app: Router) -> SocketAddr {
    recorder();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

/// The route, as the documentation reads it.
pub(crate) fn route(request: &Request) -> Option<String> {
    Some(
        request
            .extensions()
            .get::<MatchedPath>()?
            .as_str()
            .to_owned(),
    )
}

/// The head of a request.
pub(crate) fn head(line: &str, headers: &str) -> String {
    format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
}

/// Sends a request, and returns the whole response as text.
pub(crate) async fn ask(address: SocketAddr, line: &str, headers: &str) -> String {
    let mut stream = connect(address, &head(line, headers)).await;
    let mut response = Vec::new();
    // The server breaks the connection if the handler panics or the body fails.
    let _ = stream.read_to_end(&mut response).await;
    String::from_utf8(response).unwrap()
}

/// Sends the text of a request.
pub(crate) async fn connect(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Waits for the span of the request of that path.
pub(crate) async fn span_of(path: &str) -> Arc<Record> {
    whose_tests::http::request_span(SERVER_SPAN, path).await
}

/// The field of a record as text.
pub(crate) fn text(record: &Record, name: &str) -> Option<String> {
    record.field(name).map(ToString::to_string)
}
