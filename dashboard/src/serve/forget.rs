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
use crate::access::{Permission, Viewer, bearer};
use crate::api::to_json;
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
    let context = PageContext::of_form(PATH, query.clone());
    let shown = blocking(move || {
        let user = query.required("user")?;
        let preview = app.readers.eraser()?.preview(user)?;
        let users = [user.to_owned()];
        app.log_views(&viewer, AccessWay::Page, PATH, &users, &query)?;
        Ok(forget_page(user, &preview, &query))
    });
    match shown.await {
        Ok(page) => html(StatusCode::OK, page),
        Err(error) => error_response(&error, &context),
    }
}

/// Erases the user of the form.
pub(super) async fn forget(State(app): State<App>, headers: HeaderMap, body: String) -> Response {
    let form = UrlQuery::parse(&body);
    let user = form.get("user").unwrap_or_default().to_owned();
    let secret = form.get("token").or(bearer(&headers)).unwrap_or_default();
    let keyring = &app.policy.keyring;
    if !keyring.has(Permission::Forget) {
        return refused(StatusCode::FORBIDDEN, &user, OFF);
    }
    let Some(holder) = keyring.holder(Permission::Forget, secret) else {
        return refused(
            StatusCode::FORBIDDEN,
            &user,
            "The token does not permit erasing.",
        );
    };
    if user.is_empty() || form.get("confirm") != Some(&user) {
        let reason = "The id that was typed is not the id of the user.";
        return refused(StatusCode::BAD_REQUEST, &user, reason);
    }
    // A misspelt value must not erase what was to stay.
    if !matches!(form.get("records"), None | Some(ERASE | PSEUDONYMISE)) {
        let reason = "The records can be `erase` or `pseudonymise`.";
        return refused(StatusCode::BAD_REQUEST, &user, reason);
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
    let report = blocking(move || erase(&app, &holder, way, &erased, &form)).await;
    match report {
        Ok(report) if wants_json => match to_json(&report) {
            Ok(text) => ([(CONTENT_TYPE, "application/json")], text).into_response(),
            Err(error) => text_error(&error.into()),
        },
        Ok(report) => html(StatusCode::OK, receipt_page(&user, &report)),
        Err(error) if wants_json => text_error(&error),
        Err(PageError::Store(error @ StoreError::OnHold { .. })) => {
            refused(StatusCode::CONFLICT, &user, &error.to_string())
        }
        Err(error) => error_response(&error, &PageContext::of_form(PATH, UrlQuery::default())),
    }
}

/// Erases the user. The access log has a keyed hash of the user, so that who erased whom stays known.
fn erase(
    app: &App,
    viewer: &Viewer,
    way: AccessWay,
    user: &str,
    form: &UrlQuery,
) -> Result<ForgetReport, PageError> {
    let eraser = app.readers.eraser()?;
    match app.log_views(viewer, way, PATH, &[user.to_owned()], form) {
        // A user who was erased before can be erased again, and so can one who only acted for others.
        Ok(()) | Err(PageError::NotFound(_)) => {}
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

fn refused(status: StatusCode, user: &str, reason: &str) -> Response {
    html(status, refused_page(user, reason))
}

fn html(status: StatusCode, page: Markup) -> Response {
    (status, Html(page.into_string())).into_response()
}
