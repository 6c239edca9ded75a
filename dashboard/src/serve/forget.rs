//! Erasing a user from the page.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use maud::Markup;
use whose_store::{AccessWay, ForgetReport, StoreError};

use super::app::App;
use super::responses::{error_response, text_error};
use crate::access::{Permission, Viewer, bearer, with_retry_after};
use crate::api::to_json;
use crate::logged_store::AccessContext;
use crate::pages::{PageContext, PageError, forget_page, receipt_page, refused_page};
use crate::url_query::UrlQuery;

const PATH: &str = "/forget";
/// The values of the field `records`.
const ERASE: &str = "erase";
const PSEUDONYMISE: &str = "pseudonymise";
const OFF: &str =
    "Erasing is off: start `whose serve` with `--forget-token`, or run `whose forget`.";

/// The page that asks for confirmation.
pub(super) async fn form(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = UrlQuery::parse(query.as_deref().unwrap_or_default());
    let context = PageContext::of_form(PATH, query.clone()).signed_in(viewer.is_signed_in());
    let of_page = context.clone();
    let shown = blocking(move || {
        let user = query.required("user")?;
        let preview = app.store.eraser()?.preview(user)?;
        let users = [user.to_owned()];
        let access = AccessContext::new(viewer, AccessWay::Page, PATH);
        app.store.log_views(&access, &users, &query)?;
        Ok(forget_page(user, &preview, &of_page))
    });
    match shown.await {
        Ok(page) => html(StatusCode::OK, page),
        Err(error) => error_response(&error, &context),
    }
}

/// Erases the user of the form.
pub(super) async fn forget(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let context = PageContext::of_form(PATH, UrlQuery::default()).signed_in(viewer.is_signed_in());
    let form = UrlQuery::parse(&body);
    let user = form.get("user").unwrap_or_default().to_owned();
    let secret = form.get("token").or(bearer(&headers)).unwrap_or_default();
    let keyring = &app.policy.keyring;
    if !keyring.has(Permission::Forget) {
        return refused(StatusCode::FORBIDDEN, &user, OFF, &context);
    }
    let Some(holder) = keyring.holder(Permission::Forget, secret) else {
        let refused = |status| {
            let reason = "The token does not permit erasing.";
            refused(status, &user, reason, &context)
        };
        return match app.policy.wrong_secret(secret) {
            Some(pause) => with_retry_after(refused(StatusCode::TOO_MANY_REQUESTS), pause),
            None => refused(StatusCode::FORBIDDEN),
        };
    };
    if user.is_empty() || form.get("confirm") != Some(&user) {
        let reason = "The id that was typed is not the id of the user.";
        return refused(StatusCode::BAD_REQUEST, &user, reason, &context);
    }
    // A misspelt value must not erase what was to stay.
    if !matches!(form.get("records"), None | Some(ERASE | PSEUDONYMISE)) {
        let reason = "The records can be `erase` or `pseudonymise`.";
        return refused(StatusCode::BAD_REQUEST, &user, reason, &context);
    }
    let wants_json = headers
        .get(ACCEPT)
        .is_some_and(|types| types == "application/json");
    let way = if wants_json {
        AccessWay::Api
    } else {
        AccessWay::Page
    };
    let erased = user.clone();
    let access = AccessContext::new(holder, way, PATH);
    let report = blocking(move || erase(&app, &access, &erased, &form)).await;
    match report {
        Ok(report) if wants_json => match to_json(&report) {
            Ok(text) => ([(CONTENT_TYPE, "application/json")], text).into_response(),
            Err(error) => text_error(&error.into()),
        },
        Ok(report) => html(StatusCode::OK, receipt_page(&user, &report, &context)),
        Err(error) if wants_json => text_error(&error),
        Err(PageError::Store(error @ StoreError::OnHold { .. })) => {
            refused(StatusCode::CONFLICT, &user, &error.to_string(), &context)
        }
        Err(error) => error_response(&error, &context),
    }
}

/// Erases the user. The access log has a keyed hash of the user, so that who erased whom stays known.
fn erase(
    app: &App,
    context: &AccessContext,
    user: &str,
    form: &UrlQuery,
) -> Result<ForgetReport, PageError> {
    let eraser = app.store.eraser()?;
    match app.store.log_views(context, &[user.to_owned()], form) {
        // A user who was erased before can be erased again, and so can one who only acted for others.
        Ok(()) | Err(PageError::Unknown(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(match form.get("records") {
        Some(PSEUDONYMISE) => eraser.pseudonymise(user)?,
        _ => eraser.forget(user)?,
    })
}

/// Runs work on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PageError> + Send + 'static,
) -> Result<T, PageError> {
    let task = tokio::task::spawn_blocking(work);
    task.await.unwrap_or(Err(PageError::Stopped))
}

fn refused(status: StatusCode, user: &str, reason: &str, context: &PageContext) -> Response {
    html(status, refused_page(user, reason, context))
}

fn html(status: StatusCode, page: Markup) -> Response {
    (status, Html(page.into_string())).into_response()
}
