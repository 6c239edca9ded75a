//! The code that `tonic-build` generates for a service, with text messages.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::{Buf as _, BufMut as _};
use futures_util::stream::Stream;
use tonic::body::Body as Sent;
use tonic::client::GrpcService;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::{Body, BoxFuture, Bytes, Context, Poll, Service, StdError, http};
use tonic::server::{NamedService, ServerStreamingService, UnaryService};
use tonic::{Request, Response, Status, Streaming};

#[derive(Clone, Debug)]
pub(super) struct Message(pub(super) String);

#[derive(Clone, Copy, Default)]
struct Text;

impl Codec for Text {
    type Encode = Message;
    type Decode = Message;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Text {
    type Item = Message;
    type Error = Status;

    fn encode(&mut self, item: Message, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(item.0.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = Message;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Message>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        Ok(Some(Message(String::from_utf8_lossy(&bytes).into_owned())))
    }
}

#[tonic::async_trait]
pub(super) trait Talk: Send + Sync + 'static {
    async fn ask(&self, request: Request<Message>) -> Result<Response<Message>, Status>;

    type ListenStream: Stream<Item = Result<Message, Status>> + Send + 'static;

    async fn listen(
        &self,
        request: Request<Message>,
    ) -> Result<Response<Self::ListenStream>, Status>;
}

pub(super) struct TalkServer<T>(Arc<T>);

impl<T> TalkServer<T> {
    pub(super) fn new(inner: T) -> Self {
        Self(Arc::new(inner))
    }
}

impl<T> Clone for TalkServer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> NamedService for TalkServer<T> {
    const NAME: &'static str = "Talk";
}

impl<T: Talk, B> Service<http::Request<B>> for TalkServer<T>
where
    B: Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<Sent>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let method = Method(self.0.clone());
        let mut grpc = tonic::server::Grpc::new(Text);
        match request.uri().path() {
            "/Talk/Ask" => Box::pin(async move { Ok(grpc.unary(method, request).await) }),
            "/Talk/Listen" => {
                Box::pin(async move { Ok(grpc.server_streaming(method, request).await) })
            }
            _ => Box::pin(async { Ok(Status::unimplemented("no such method").into_http()) }),
        }
    }
}

struct Method<T>(Arc<T>);

impl<T: Talk> UnaryService<Message> for Method<T> {
    type Response = Message;
    type Future = BoxFuture<Response<Message>, Status>;

    fn call(&mut self, request: Request<Message>) -> Self::Future {
        let inner = self.0.clone();
        Box::pin(async move { T::ask(&inner, request).await })
    }
}

impl<T: Talk> ServerStreamingService<Message> for Method<T> {
    type Response = Message;
    type ResponseStream = T::ListenStream;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<Message>) -> Self::Future {
        let inner = self.0.clone();
        Box::pin(async move { T::listen(&inner, request).await })
    }
}

pub(super) struct TalkClient<T>(tonic::client::Grpc<T>);

impl<T> TalkClient<T>
where
    T: GrpcService<Sent>,
    T::Error: Into<StdError>,
    T::ResponseBody: Body<Data = Bytes> + Send + 'static,
    <T::ResponseBody as Body>::Error: Into<StdError> + Send,
{
    pub(super) fn new(inner: T) -> Self {
        Self(tonic::client::Grpc::new(inner))
    }

    async fn ready(&mut self) -> Result<(), Status> {
        let ready = self.0.ready().await;
        ready.map_err(|error| Status::unknown(error.into().to_string()))
    }

    pub(super) async fn ask(
        &mut self,
        request: Request<Message>,
    ) -> Result<Response<Message>, Status> {
        self.ready().await?;
        let path = PathAndQuery::from_static("/Talk/Ask");
        self.0.unary(request, path, Text).await
    }

    pub(super) async fn listen(
        &mut self,
        request: Request<Message>,
    ) -> Result<Response<Streaming<Message>>, Status> {
        self.ready().await?;
        let path = PathAndQuery::from_static("/Talk/Listen");
        self.0.server_streaming(request, path, Text).await
    }
}
