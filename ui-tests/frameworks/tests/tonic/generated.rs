//! The code that `tonic-build` generates for a service, with lines of text as messages.

use std::sync::Arc;

use bytes::{Buf, BufMut};
use tonic::body::Body as Sent;
use tonic::client::GrpcService;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::tokio_stream::Stream;
use tonic::codegen::{Body, BoxFuture, Bytes, Context, Poll, Service, StdError, http};
use tonic::server::{ClientStreamingService, ServerStreamingService, UnaryService};
use tonic::{Request, Response, Status, Streaming};

#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) user: String,
    pub(crate) text: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer(pub(crate) String);

trait Message: Send + 'static {
    fn write(self) -> String;
    fn read(text: String) -> Option<Self>
    where
        Self: Sized;
}

impl Message for Question {
    fn write(self) -> String {
        format!("{}\n{}", self.user, self.text)
    }

    fn read(text: String) -> Option<Self> {
        let (user, text) = text.split_once('\n')?;
        Some(Self {
            user: user.into(),
            text: text.into(),
        })
    }
}

impl Message for Answer {
    fn write(self) -> String {
        self.0
    }

    fn read(text: String) -> Option<Self> {
        Some(Self(text))
    }
}

struct Text<E, D>(std::marker::PhantomData<fn(E) -> D>);

impl<E, D> Default for Text<E, D> {
    fn default() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<E: Message, D: Message> Codec for Text<E, D> {
    type Encode = E;
    type Decode = D;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self::default()
    }

    fn decoder(&mut self) -> Self {
        Self::default()
    }
}

impl<E: Message, D: Message> Encoder for Text<E, D> {
    type Item = E;
    type Error = Status;

    fn encode(&mut self, item: E, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(item.write().as_bytes());
        Ok(())
    }
}

impl<E: Message, D: Message> Decoder for Text<E, D> {
    type Item = D;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<D>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        D::read(text)
            .map(Some)
            .ok_or_else(|| Status::internal("not a message"))
    }
}

#[tonic::async_trait]
pub(crate) trait Talk: Send + Sync + 'static {
    async fn ask(&self, request: Request<Question>) -> Result<Response<Answer>, Status>;

    type ListenStream: Stream<Item = Result<Answer, Status>> + Send + 'static;

    async fn listen(
        &self,
        request: Request<Question>,
    ) -> Result<Response<Self::ListenStream>, Status>;

    async fn collect(
        &self,
        request: Request<Streaming<Question>>,
    ) -> Result<Response<Answer>, Status>;
}

pub(crate) struct TalkServer<T>(Arc<T>);

impl<T> TalkServer<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self(Arc::new(inner))
    }
}

impl<T: Talk, B> Service<http::Request<B>> for TalkServer<T>
where
    B: Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<Sent>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, req: http::Request<B>) -> Self::Future {
        let method = Method(Arc::clone(&self.0));
        let mut grpc = tonic::server::Grpc::new(Text::<Answer, Question>::default());
        match req.uri().path() {
            "/Talk/Ask" => Box::pin(async move { Ok(grpc.unary(method, req).await) }),
            "/Talk/Listen" => Box::pin(async move { Ok(grpc.server_streaming(method, req).await) }),
            "/Talk/Collect" => {
                Box::pin(async move { Ok(grpc.client_streaming(method, req).await) })
            }
            _ => Box::pin(async { Ok(Status::unimplemented("no such method").into_http()) }),
        }
    }
}

struct Method<T>(Arc<T>);

impl<T: Talk> UnaryService<Question> for Method<T> {
    type Response = Answer;
    type Future = BoxFuture<Response<Answer>, Status>;

    fn call(&mut self, request: Request<Question>) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { <T as Talk>::ask(&inner, request).await })
    }
}

impl<T: Talk> ServerStreamingService<Question> for Method<T> {
    type Response = Answer;
    type ResponseStream = T::ListenStream;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<Question>) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { <T as Talk>::listen(&inner, request).await })
    }
}

impl<T: Talk> ClientStreamingService<Question> for Method<T> {
    type Response = Answer;
    type Future = BoxFuture<Response<Answer>, Status>;

    fn call(&mut self, request: Request<Streaming<Question>>) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { <T as Talk>::collect(&inner, request).await })
    }
}

pub(crate) struct TalkClient<T>(tonic::client::Grpc<T>);

impl<T> TalkClient<T>
where
    T: GrpcService<Sent>,
    T::Error: Into<StdError>,
    T::ResponseBody: Body<Data = Bytes> + Send + 'static,
    <T::ResponseBody as Body>::Error: Into<StdError> + Send,
{
    pub(crate) fn new(inner: T) -> Self {
        Self(tonic::client::Grpc::new(inner))
    }

    async fn ready(&mut self) -> Result<Text<Question, Answer>, Status> {
        let ready = self.0.ready().await;
        ready.map_err(|error| Status::unknown(error.into().to_string()))?;
        Ok(Text::default())
    }

    pub(crate) async fn ask(
        &mut self,
        request: Request<Question>,
    ) -> Result<Response<Answer>, Status> {
        let codec = self.ready().await?;
        self.0
            .unary(request, PathAndQuery::from_static("/Talk/Ask"), codec)
            .await
    }

    pub(crate) async fn listen(
        &mut self,
        request: Request<Question>,
    ) -> Result<Response<Streaming<Answer>>, Status> {
        let codec = self.ready().await?;
        self.0
            .server_streaming(request, PathAndQuery::from_static("/Talk/Listen"), codec)
            .await
    }

    pub(crate) async fn collect(
        &mut self,
        request: Request<impl Stream<Item = Question> + Send + 'static>,
    ) -> Result<Response<Answer>, Status> {
        let codec = self.ready().await?;
        self.0
            .client_streaming(request, PathAndQuery::from_static("/Talk/Collect"), codec)
            .await
    }
}
