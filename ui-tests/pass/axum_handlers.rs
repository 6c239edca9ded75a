//! Annotated handlers with extractors, with and without `#[debug_handler]`.
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Json;
use axum::routing::{get, MethodRouter};
use whose::{with_session, with_user, User};

#[derive(Clone)]
struct App;

struct CurrentUser(String);

impl FromRequestParts<App> for CurrentUser {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
        Ok(Self("alice".into()))
    }
}

type Body = std::collections::HashMap<String, String>;

#[axum::debug_handler(state = App)]
#[with_user(from = req.get("user"), identify)]
async fn chat(State(_app): State<App>, Json(req): Json<Body>) -> Json<Option<String>> {
    tokio::task::yield_now().await;
    drop(req);
    Json(whose::current().user_id().map(String::from))
}

#[with_session(%request.len())]
#[whose::trace(user = user, kind = agent, output)]
async fn extracted(CurrentUser(user): CurrentUser, Json(request): Json<Body>) -> String {
    let _ = (user, request);
    let at = whose::current();
    format!("{:?} {:?}", at.user().and_then(User::id), at.session_id())
}

fn handlers() -> [MethodRouter<App>; 2] {
    [get(chat), get(extracted)]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let body = || Json(Body::from([("user".to_owned(), "bob".to_owned())]));
    assert_eq!(chat(State(App), body()).await.0.as_deref(), Some("bob"));
    let seen = extracted(CurrentUser("alice".into()), body()).await;
    assert_eq!(seen, r#"Some("alice") Some("1")"#);
    assert_eq!(handlers().len(), 2);
}
