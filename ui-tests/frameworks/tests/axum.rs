//! Annotated axum handlers, extractors and middleware, served over TCP.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use axum::{Router, debug_handler, debug_middleware};
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use whose::testing::Recorder;
use whose::tower::AttributionLayer;
use whose::{Record, ScopeExt as _, with_session, with_user};

type Body = HashMap<String, String>;

/// The current user and session.
fn user_and_session() -> String {
    let attribution = whose::current();
    let [user, session] =
        [attribution.user_id(), attribution.session_id()].map(|id| id.unwrap_or("-"));
    format!("{user} {session}")
}

#[derive(Clone)]
struct App {
    name: &'static str,
}

struct Failed(String);

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.0).into_response()
    }
}

impl From<std::num::ParseIntError> for Failed {
    fn from(error: std::num::ParseIntError) -> Self {
        Self(format!("{error} for {}", user_and_session()))
    }
}

#[debug_handler]
#[with_user(from = req.get("user"), session = visit, identify)]
async fn chat(
    State(App { name }): State<App>,
    Path(visit): Path<u64>,
    headers: HeaderMap,
    Json(req): Json<Body>,
) -> Result<Json<Body>, Failed> {
    tokio::task::yield_now().await;
    drop(req);
    let Some(number) = headers.get("x-number").and_then(|n| n.to_str().ok()) else {
        return Err(Failed(format!("no number for {}", user_and_session())));
    };
    let number: u8 = number.parse()?;
    Ok(Json(Body::from([
        ("at".into(), user_and_session()),
        (name.into(), (number + 1).to_string()),
    ])))
}

#[whose::trace(user = user, kind = agent, name = "extracted", input(%visit), output)]
#[debug_handler(state = App)]
async fn extracted(CurrentUser(user): CurrentUser, Path(visit): Path<String>) -> String {
    tokio::task::yield_now().await;
    drop(user);
    format!("{} {visit}", user_and_session())
}

struct CurrentUser(String);

impl<S: Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = (StatusCode, String);

    #[whose::trace(name = "extractor", session = parts.uri.path(), err(Debug))]
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        tokio::task::yield_now().await;
        let user = parts.headers.remove("x-user");
        let user = user.ok_or_else(|| (StatusCode::UNAUTHORIZED, user_and_session()))?;
        let user = user
            .to_str()
            .map_err(|_| (StatusCode::BAD_REQUEST, user_and_session()))?;
        Ok(Self(user.to_owned()))
    }
}

#[debug_middleware]
#[with_user(from = req.headers().get("x-user").and_then(|user| user.to_str().ok()))]
#[with_session("middleware")]
async fn authenticate(req: Request, next: Next) -> Response {
    next.run(req).await
}

#[debug_handler]
#[with_user(id = who, carried)]
async fn tokens(Path(who): Path<String>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    tokio::task::yield_now().await;
    drop(who);
    let tokens = stream::iter(1..=2)
        .map(|token| Ok(Event::default().data(format!("{token} {}", user_and_session()))));
    Sse::new(tokens.with_current_scope())
}

struct Pages;

impl Pages {
    #[whose::trace(name = "page")]
    async fn show() -> impl IntoResponse {
        tokio::task::yield_now().await;
        ([("x-at", user_and_session())], "page")
    }

    #[with_user(from = Self::OWNER)]
    async fn owned(_: Request) -> Result<impl IntoResponse, Failed> {
        tokio::task::yield_now().await;
        Ok((StatusCode::ACCEPTED, user_and_session()))
    }

    const OWNER: &'static str = "owner";
}

fn router() -> Router {
    Router::new()
        .route("/page", get(Pages::show))
        .layer(from_fn(authenticate))
        .route("/chat/{visit}", post(chat))
        .route("/visit/{visit}", get(extracted))
        .route("/owned", get(Pages::owned))
        .route("/tokens/{who}", get(tokens))
        .layer(AttributionLayer::new())
        .with_state(App { name: "app" })
}

/// Serves on a free port until the runtime of the test ends.
async fn serve() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router()).await.unwrap() });
    address
}

/// Sends a request, and returns the whole response as text.
async fn ask(address: SocketAddr, line: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let size = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {size}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn handlers_are_attributed_to_extracted_user() {
    let address = serve().await;
    let chat = |headers| ask(address, "POST /chat/7", headers, r#"{"user":"alice"}"#);
    let answer = chat("x-number: 1\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains(r#""at":"alice 7""#), "{answer}");
    assert!(answer.contains(r#""app":"2""#), "{answer}");
    let answer = chat("").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.ends_with("no number for alice 7"), "{answer}");
    let answer = chat("x-number: x\r\n").await;
    assert!(
        answer.ends_with("invalid digit found in string for alice 7"),
        "{answer}"
    );
    let answer = ask(address, "GET /owned", "", "").await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    assert!(answer.ends_with("owner -"), "{answer}");
}

#[tokio::test]
async fn extractors_are_attributed_and_handlers_recorded() {
    let rec = Recorder::global();
    let address = serve().await;
    let answer = ask(address, "GET /visit/v-1", "x-user: bob\r\n", "").await;
    assert!(answer.ends_with("bob - v-1"), "{answer}");
    // The recorder also has the spans of other tests of this process.
    let spans = rec.spans();
    let find = |what: fn(&Record) -> bool| spans.iter().find(|span| what(span)).unwrap();
    let handler = find(|span| span.field("input.visit") == Some(&"v-1".into()));
    assert_eq!(
        (handler.name(), handler.user_id()),
        ("extracted", Some("bob"))
    );
    let extractor = find(|span| span.session_id() == Some("/visit/v-1"));
    assert_eq!((extractor.name(), extractor.user_id()), ("extractor", None));

    let answer = ask(address, "GET /visit/v-2", "", "").await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(answer.ends_with("- /visit/v-2"), "{answer}");
    let errors = rec.errors();
    assert!(
        errors
            .iter()
            .any(|error| error.session_id() == Some("/visit/v-2")),
        "{errors:?}"
    );
}

#[tokio::test]
async fn middleware_covers_inner_handlers() {
    let address = serve().await;
    let answer = ask(address, "GET /page", "x-user: carol\r\n", "").await;
    assert!(answer.contains("x-at: carol middleware\r\n"), "{answer}");
    let answer = ask(address, "GET /page", "", "").await;
    assert!(answer.contains("x-at: - middleware\r\n"), "{answer}");
}

#[tokio::test]
async fn carried_handler_stream_has_handler_user() {
    let address = serve().await;
    let answer = ask(address, "GET /tokens/dave", "", "").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for event in ["data: 1 dave -\n", "data: 2 dave -\n"] {
        assert!(answer.contains(event), "{answer}");
    }
}

#[tokio::test]
async fn concurrent_requests_do_not_mix() {
    let address = serve().await;
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            tokio::spawn(async move {
                let user = format!("x-user: user-{n}\r\n");
                let answer = ask(address, "GET /visit/v", &user, "").await;
                assert!(answer.ends_with(&format!("user-{n} - v")), "{answer}");
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
