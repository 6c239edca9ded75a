//! The suggestions of the search box.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::app::App;
use crate::api::suggest;
use crate::url_query::UrlQuery;

/// Answers `/search/suggest.json`: what the end of the text `q` can become.
pub(super) async fn suggestions(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let query = UrlQuery::parse(query.as_deref().unwrap_or_default());
    let text = query.get("q").unwrap_or_default().to_owned();
    match app
        .store
        .query(move |store| Ok(suggest(store, &text)?))
        .await
    {
        Ok(suggestions) => Json(suggestions).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
