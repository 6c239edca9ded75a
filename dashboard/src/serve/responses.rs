//! The answers of a view: the page, the JSON, the CSV file and the statements.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use whose_store::{AccessWay, StoreError};

use super::app::App;
use crate::access::Viewer;
use crate::api::to_json;
use crate::export::to_csv;
use crate::logged_store::AccessContext;
use crate::pages::{PageContext, PageError, TextView, View, error_page, page, statements_page};
use crate::url_query::UrlQuery;

/// The page of a view.
pub(super) async fn html<V: View>(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = UrlQuery::parse(query.as_deref().unwrap_or_default());
    let access = AccessContext::new(viewer.clone(), AccessWay::Page, V::PATH);
    let with_state = app.with_state::<V>();
    let page_data = move |data| Ok(with_state(data));
    let loaded = app.store.load::<V, _>(access, &query, page_data).await;
    let context = PageContext::new(V::PATH, query)
        .signed_in(viewer.is_signed_in())
        .with_write_failure(app.store.write_failure().await);
    match loaded {
        Ok(data) => Html(page(&V::body(&data, &context), &context).into_string()).into_response(),
        Err(error) => error_response(&error, &context),
    }
}

/// The data of a view as JSON.
pub(super) async fn json<V: View>(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = UrlQuery::parse(query.as_deref().unwrap_or_default());
    let access = AccessContext::new(viewer, AccessWay::Api, V::PATH);
    let with_state = app.with_state::<V>();
    let json = move |data| Ok(to_json(&with_state(data))?);
    match app.store.load_twin::<V, _>(access, &query, json).await {
        Ok(body) => with_type(body, "application/json"),
        Err(error) => text_error(&error),
    }
}

/// The data of a view as CSV.
pub(super) async fn csv<V: View>(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = UrlQuery::parse(query.as_deref().unwrap_or_default());
    let access = AccessContext::new(viewer, AccessWay::Api, V::PATH);
    let with_state = app.with_state::<V>();
    let csv = move |data| Ok(to_csv(&V::csv(&with_state(data))));
    match app.store.load_twin::<V, _>(access, &query, csv).await {
        Ok(body) => {
            let mut response = with_type(body, "text/csv; charset=utf-8");
            let name = format!("attachment; filename=\"{}.csv\"", V::PATH.trim_matches('/'));
            if let Ok(name) = HeaderValue::from_str(&name) {
                response
                    .headers_mut()
                    .insert(header::CONTENT_DISPOSITION, name);
            }
            response
        }
        Err(error) => text_error(&error),
    }
}

/// The data of a view as a text.
pub(super) async fn text<V: TextView>(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = UrlQuery::parse(query.as_deref().unwrap_or_default());
    let access = AccessContext::new(viewer, AccessWay::Api, V::PATH);
    match app.store.load_text::<V>(access, &query).await {
        Ok(body) => with_type(body, "text/plain; charset=utf-8"),
        Err(error) => text_error(&error),
    }
}

/// The statements that the view executes.
pub(super) async fn statements<V: View>(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = UrlQuery::parse(query.as_deref().unwrap_or_default());
    let context = PageContext::new(V::PATH, query.clone()).signed_in(viewer.is_signed_in());
    let loaded = app.store.query(move |store| {
        let mut failure = None;
        let statements = store.statements_of(&mut |store| failure = V::load(store, &query).err());
        match failure {
            Some(error) => Err(error),
            None => Ok(statements),
        }
    });
    match loaded.await {
        Ok(list) => Html(statements_page(&list, &context).into_string()).into_response(),
        Err(error) => error_response(&error, &context),
    }
}

/// The page of an error.
pub(super) fn error_response(error: &PageError, context: &PageContext) -> Response {
    let body = error_page(error, context);
    (status(error), Html(body.into_string())).into_response()
}

fn with_type(body: String, content_type: &'static str) -> Response {
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// The text of an error, for a program.
pub(super) fn text_error(error: &PageError) -> Response {
    let mut response = with_type(format!("{error}\n"), "text/plain; charset=utf-8");
    *response.status_mut() = status(error);
    response
}

fn status(error: &PageError) -> StatusCode {
    match error {
        PageError::Parameter(_) => StatusCode::BAD_REQUEST,
        PageError::NotFound(_) | PageError::Unknown(_) => StatusCode::NOT_FOUND,
        PageError::ReasonRequired => StatusCode::FORBIDDEN,
        PageError::AccessLog(_)
        | PageError::FileReplaced
        | PageError::Store(StoreError::NotFound { .. } | StoreError::LogOfOtherFile { .. }) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        PageError::Store(_) | PageError::Stopped | PageError::Json(_) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}
