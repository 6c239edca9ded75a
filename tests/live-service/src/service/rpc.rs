//! The gRPC part of the service, which identifies the user on its own.

use std::sync::Arc;

use axum::extract::State;
use axum::http;
use axum::http::HeaderMap;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::net::TcpListener;
use tokio::task::yield_now;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tower_http::trace::TraceLayer;
use tracing::{Span, info_span};
use whose::tower::AttributionLayer;

use super::id::header;
use super::messages::{Message, Talk, TalkClient, TalkServer};
use super::{Forgotten, Id, Shared, log};

pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let has_scope = !shared.has_forgotten(Forgotten::AttributionLayer);
    let identify = move |request| identify(&shared, request);
    let talk = InterceptedService::new(TalkServer::new(Talker), identify);
    let trace = TraceLayer::new_for_grpc().make_span_with(server_span);
    let incoming = TcpIncoming::from(listener);
    let served = if has_scope {
        let scoped = Server::builder().layer(AttributionLayer::new());
        let server = scoped.layer(trace).add_service(talk);
        server.serve_with_incoming(incoming).await
    } else {
        let server = Server::builder().layer(trace).add_service(talk);
        server.serve_with_incoming(incoming).await
    };
    served.expect("a gRPC server");
}

fn server_span<B>(request: &http::Request<B>) -> Span {
    info_span!("rpc", request = %Id::of(request.headers()))
}

/// The interceptor that identifies the user: the metadata carries a token and nothing of `whose`.
fn identify(shared: &Shared, request: Request<()>) -> Result<Request<()>, Status> {
    let metadata = request.metadata();
    let text = |key| metadata.get(key).and_then(|value| value.to_str().ok());
    let id = id_of(&request);
    log(&id, "rpc arrived");
    match text("authorization").and_then(|token| shared.accounts.get(token)) {
        Some(account) => {
            whose::set_user(&account.user);
            whose::set_session(&account.session);
        }
        None => whose::set_anonymous(),
    }
    log(&id, "rpc identified");
    Ok(request)
}

fn id_of<T>(request: &Request<T>) -> Id {
    let text = request.metadata().get("x-request");
    Id::from(text.and_then(|id| id.to_str().ok()).unwrap_or_default())
}

#[derive(Clone)]
struct Talker;

#[tonic::async_trait]
impl Talk for Talker {
    async fn ask(&self, request: Request<Message>) -> Result<Response<Message>, Status> {
        let id = id_of(&request);
        log(&id, "rpc asked");
        yield_now().await;
        log(&id, "rpc asked");
        Ok(Response::new(request.into_inner()))
    }

    type ListenStream = BoxStream<'static, Result<Message, Status>>;

    /// The stream runs after the method, in the scope that `AttributionLayer` keeps for the body.
    async fn listen(
        &self,
        request: Request<Message>,
    ) -> Result<Response<Self::ListenStream>, Status> {
        let id = id_of(&request);
        log(&id, "rpc listened");
        let messages = stream::iter(0..3).then(move |n| {
            let id = id.clone();
            async move {
                yield_now().await;
                log(&id, "rpc streamed");
                Ok(Message(format!("{n}")))
            }
        });
        Ok(Response::new(messages.boxed()))
    }
}

/// The handler that calls the gRPC part.
pub(super) async fn call(State(shared): State<Arc<Shared>>, id: Id, headers: HeaderMap) {
    let request = |part| {
        let mut request = Request::new(Message("hello".into()));
        let part = id.of_part(part).to_string();
        let metadata = request.metadata_mut();
        metadata.insert("x-request", part.parse().expect("a value"));
        if let Some(token) = header(&headers, "authorization") {
            metadata.insert("authorization", token.parse().expect("a value"));
        }
        request
    };
    let mut client = TalkClient::new(shared.rpc.clone());
    client.ask(request("ask")).await.expect("a response");
    log(&id, "answered");
    let responses = client.listen(request("listen")).await.expect("a stream");
    let mut responses = responses.into_inner();
    while let Some(response) = responses.message().await.expect("a message") {
        assert!(!response.0.is_empty());
        log(&id, "answer of the stream");
    }
}
