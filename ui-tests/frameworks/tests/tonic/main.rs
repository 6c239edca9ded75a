//! Annotated methods and an annotated interceptor of a tonic service, called by a local client.

mod generated;

use std::sync::Arc;

use generated::{Answer, Question, Talk, TalkClient, TalkServer};
use tonic::codegen::tokio_stream::{Stream, StreamExt, iter};
use tonic::codegen::{BoxStream, InterceptedService};
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status, Streaming};
use whose::testing::Recorder;
use whose::{ScopeExt, with_session, with_user};

/// The current user and session.
fn user_and_session() -> String {
    let attribution = whose::current();
    let [user, session] =
        [attribution.user_id(), attribution.session_id()].map(|id| id.unwrap_or("-"));
    format!("{user} {session}")
}

fn header<'a>(metadata: &'a MetadataMap, name: &str) -> Option<&'a str> {
    metadata.get(name)?.to_str().ok()
}

#[derive(Clone)]
struct Desk {
    name: Arc<str>,
}

#[tonic::async_trait]
impl Talk for Desk {
    #[whose::trace(
        user = request.get_ref().user, session = header(request.metadata(), "x-session"),
        tags(desk = self.name), kind = agent, output, err,
    )]
    async fn ask(&self, request: Request<Question>) -> Result<Response<Answer>, Status> {
        tokio::task::yield_now().await;
        let Question { text, .. } = request.into_inner();
        if text.is_empty() {
            return Err(Status::invalid_argument(user_and_session()));
        }
        let number: u8 = text
            .parse()
            .map_err(|error| Status::internal(format!("{error}")))?;
        Ok(Response::new(Answer(format!(
            "{} {number} {:?}",
            user_and_session(),
            whose::current().tag("desk")
        ))))
    }

    type ListenStream = BoxStream<Answer>;

    // The stream outlives the method, so it carries the scope.
    #[with_user(request.get_ref().user)]
    async fn listen(
        &self,
        request: Request<Question>,
    ) -> Result<Response<Self::ListenStream>, Status> {
        tokio::task::yield_now().await;
        let words: Vec<String> = request
            .get_ref()
            .text
            .split(' ')
            .map(String::from)
            .collect();
        let answers = iter(words).map(|word| Ok(Answer(format!("{} {word}", user_and_session()))));
        Ok(Response::new(Box::pin(answers.with_current_scope())))
    }

    #[with_session(header(request.metadata(), "x-session"))]
    #[whose::trace(user_id = "collector", err)]
    async fn collect(
        &self,
        request: Request<Streaming<Question>>,
    ) -> Result<Response<Answer>, Status> {
        let mut questions = request.into_inner();
        let mut texts = Vec::new();
        while let Some(question) = questions.message().await? {
            if question.text == "stop" {
                return Err(Status::cancelled(user_and_session()));
            }
            texts.push(question.text);
        }
        Ok(Response::new(Answer(format!(
            "{} {}",
            user_and_session(),
            texts.join("+")
        ))))
    }
}

#[with_user(header(request.metadata(), "x-user"), identify)]
fn intercept(mut request: Request<()>) -> Result<Request<()>, Status> {
    if whose::current().user_id().is_none() {
        return Err(Status::unauthenticated(user_and_session()));
    }
    let seen = user_and_session()
        .parse()
        .map_err(|_| Status::internal("no text"))?;
    request.metadata_mut().insert("x-session", seen);
    Ok(request)
}

fn server() -> TalkServer<Desk> {
    TalkServer::new(Desk { name: "one".into() })
}

fn question(user: &str, text: &str) -> Question {
    Question {
        user: user.into(),
        text: text.into(),
    }
}

fn with_header<T>(message: T, name: &'static str, value: &'static str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(name, value.parse().unwrap());
    request
}

async fn all(answers: impl Stream<Item = Result<Answer, Status>>) -> Vec<String> {
    answers.map(|answer| answer.unwrap().0).collect().await
}

#[tokio::test]
async fn unary_method_is_attributed_to_request() {
    let rec = Recorder::start();
    let mut client = TalkClient::new(server());
    let request = with_header(question("alice", "7"), "x-session", "s-1");
    assert_eq!(
        client.ask(request).await.unwrap().into_inner().0,
        r#"alice s-1 7 Some("one")"#
    );
    let failed = client
        .ask(Request::new(question("bob", "")))
        .await
        .unwrap_err();
    assert_eq!(
        (failed.code(), failed.message()),
        (Code::InvalidArgument, "bob -")
    );
    let failed = client
        .ask(Request::new(question("bob", "x")))
        .await
        .unwrap_err();
    assert_eq!(
        (failed.code(), failed.message()),
        (Code::Internal, "invalid digit found in string")
    );
    let spans = rec.spans();
    let users: Vec<_> = spans
        .iter()
        .map(|span| (span.name(), span.user_id()))
        .collect();
    assert_eq!(
        users,
        [
            ("ask", Some("alice")),
            ("ask", Some("bob")),
            ("ask", Some("bob"))
        ]
    );
    assert_eq!(rec.errors().len(), 2);
}

#[tokio::test]
async fn streaming_method_carries_scope() {
    let mut client = TalkClient::new(server());
    let answers = client
        .listen(Request::new(question("alice", "a b")))
        .await
        .unwrap();
    assert_eq!(all(answers.into_inner()).await, ["alice - a", "alice - b"]);
}

#[tokio::test]
async fn method_reading_stream_keeps_user() {
    let mut client = TalkClient::new(server());
    let questions = || ["a", "b"].map(|text| question("alice", text));
    let request = with_header(iter(questions()), "x-session", "s-2");
    assert_eq!(
        client.collect(request).await.unwrap().into_inner().0,
        "collector s-2 a+b"
    );
    let stopped = iter(questions().into_iter().chain([question("alice", "stop")]));
    let failed = client.collect(Request::new(stopped)).await.unwrap_err();
    assert_eq!(
        (failed.code(), failed.message()),
        (Code::Cancelled, "collector -")
    );
}

#[tokio::test]
async fn interceptor_is_attributed_to_metadata() {
    let mut client = TalkClient::new(InterceptedService::new(server(), intercept));
    let request = with_header(question("alice", "7"), "x-user", "carol");
    let answer = client.ask(request).await.unwrap().into_inner().0;
    assert_eq!(answer, r#"alice carol - 7 Some("one")"#);
    let failed = client
        .ask(Request::new(question("alice", "7")))
        .await
        .unwrap_err();
    assert_eq!(
        (failed.code(), failed.message()),
        (Code::Unauthenticated, "- -")
    );
}
