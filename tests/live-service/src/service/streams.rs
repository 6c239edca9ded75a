//! Bodies and connections that continue after the handler returns.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::task::yield_now;
use whose::{Scope, ScopeExt as _};

use super::failures::LogOnDrop;
use super::{Id, Shared, log};

pub(super) async fn sse(id: Id) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = stream::iter(0..3).then(move |n| {
        let id = id.clone();
        async move {
            yield_now().await;
            log(&id, "sse event");
            Ok(Event::default().data(format!("{n}")))
        }
    });
    Sse::new(events.with_current_scope())
}

pub(super) async fn websocket(
    State(shared): State<Arc<Shared>>,
    id: Id,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (scope, unfinished) = (Scope::current(), shared.unfinished());
    upgrade.on_upgrade(|socket| {
        let talk = async move {
            talk(&id, socket).await;
            drop(unfinished);
        };
        talk.with_scope(scope)
    })
}

/// Sends each message back.
async fn talk(id: &Id, mut socket: WebSocket) {
    log(id, "websocket open");
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(text) = message {
            log(id, "websocket message");
            if socket.send(Message::Text(text)).await.is_err() {
                break;
            }
        }
    }
    log(id, "websocket closed");
}

fn chunk(id: &Id) -> Result<Bytes, Infallible> {
    log(id, "chunk");
    Ok(Bytes::from_static(b"chunk"))
}

/// A body produced while it is sent, in the scope that `AttributionLayer` keeps for the body.
pub(super) async fn chunked(id: Id) -> Body {
    let chunks = stream::iter(0..3).then(move |_| {
        let id = id.clone();
        async move {
            yield_now().await;
            chunk(&id)
        }
    });
    Body::from_stream(chunks)
}

/// An endless body: the client disconnects.
pub(super) async fn endless(id: Id) -> Body {
    let chunks = stream::unfold((0, LogOnDrop(id)), |(n, log_on_drop)| async move {
        if n > 0 {
            pending::<()>().await;
        }
        Some((chunk(&log_on_drop.0), (n + 1, log_on_drop)))
    });
    Body::from_stream(chunks)
}

pub(super) async fn upload(id: Id, request: Request) -> String {
    let mut chunks = request.into_body().into_data_stream();
    let mut bytes = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        log(&id, "chunk received");
        yield_now().await;
        bytes += chunk.len();
    }
    bytes.to_string()
}
