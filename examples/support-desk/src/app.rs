//! The HTTP interface.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use whose::tower::AttributionLayer;
use whose::{with_conversation, with_session, with_user};

use crate::accounts::Accounts;
use crate::agents::{self, Ticket};
use crate::caller::{Caller, Operator, RequestId, header};
use crate::desk::Desk;
use crate::desk_error::DeskError;

/// The routes, with an isolated scope and a span around each request.
pub(crate) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/login", post(login))
        .route("/chat", post(chat))
        .route("/operator/review", post(review))
        .route("/logout", post(logout))
        .with_state(desk)
        // The scope and the span of the request. The user is not known yet: the span takes the user at
        // its close.
        .layer(
            AttributionLayer::new()
                .session(|request: &Request| header(request, "x-session-id"))
                .tag("request.id", |request: &Request| {
                    let id = request.extensions().get::<RequestId>()?;
                    Some(id.0.to_string())
                })
                .route(|request: &Request| {
                    let path = request.extensions().get::<MatchedPath>()?;
                    Some(path.as_str().to_owned())
                }),
        )
        // Outermost: the layer inside reads the id.
        .layer(middleware::from_fn(give_id))
}

/// Gives the request an id, from the client or random.
async fn give_id(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    request.extensions_mut().insert(id);
    next.run(request).await
}

#[derive(Deserialize)]
struct Login {
    email: String,
}

#[derive(Serialize)]
struct LoggedIn {
    token: String,
}

/// Signs in. Everything after `set_user` belongs to the user.
async fn login(
    State(desk): State<Desk>,
    req: Caller,
    Json(login): Json<Login>,
) -> Result<Json<LoggedIn>, DeskError> {
    tracing::info!(request.id = &*req.id, "looks for the account");
    let Some(account) = Accounts::find(&login.email) else {
        let error = DeskError::UnknownAccount;
        whose::capture_error(&error);
        return Err(error);
    };
    whose::set_user(&account);
    tracing::info!(request.id = &*req.id, "signed in");
    let token = desk.accounts.sign_in(account);
    Ok(Json(LoggedIn { token }))
}

#[derive(Deserialize)]
struct Message {
    message: String,
    /// The conversation that the question is part of; one visit has several.
    thread: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    answer: String,
}

/// Answers a question, with or without a signed-in user.
///
/// `identify` also sets the user of the request's scope, and so of the span of the request.
#[with_user(from = req.user, identify)]
#[with_conversation(thread)]
async fn chat(
    State(desk): State<Desk>,
    req: Caller,
    Json(Message { message, thread }): Json<Message>,
) -> Result<Json<Answer>, DeskError> {
    tracing::info!(request.id = &*req.id, "asks");
    let ticket = Ticket {
        request: req.id,
        customer: req.user.map(|account| account.id),
        question: message,
    };
    let answer = agents::triage(&desk.model, &ticket).await?;
    // In a real desk the visitor rates the answer; here a rule does.
    whose::score("short", answer.len() < 80).record();
    desk.workers.follow_up(ticket);
    Ok(Json(Answer { answer }))
}

#[derive(Deserialize)]
struct Review {
    /// The session of the visitor whose case is reviewed.
    case: String,
    /// The customer, if the visitor has signed in.
    customer: Option<String>,
}

/// Lets an operator review a case: the user and the session are the visitor's, and the operator acts
/// for the visitor.
#[with_user(from = review.customer, actor = req.user, identify)]
#[with_session(review.case)]
async fn review(
    State(desk): State<Desk>,
    req: Operator,
    Json(review): Json<Review>,
) -> Result<Json<Answer>, DeskError> {
    tracing::info!(request.id = &*req.id, "reviews a case");
    let answer = agents::summarize(&desk.model, &req.id, &review.case).await?;
    Ok(Json(Answer { answer }))
}

/// Signs out. Everything after `clear_user` has no user.
async fn logout(State(desk): State<Desk>, req: Caller) -> Result<impl IntoResponse, DeskError> {
    let Some((token, account)) = req.token.zip(req.user) else {
        return Err(DeskError::NotSignedIn);
    };
    whose::set_user(&account);
    tracing::info!(request.id = &*req.id, "signs out");
    desk.accounts.sign_out(&token);
    whose::clear_user();
    tracing::info!(request.id = &*req.id, "signed out");
    // Flushes before the visitor reads the response. `spawn_blocking` keeps the disk off the
    // threads of the runtime.
    let flushed =
        whose::task::spawn_blocking(|| whose::flush(Duration::from_secs(10)).is_complete()).await?;
    Ok(Json(
        serde_json::json!({ "signed_out": true, "flushed": flushed }),
    ))
}
