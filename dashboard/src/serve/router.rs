//! The routes.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::{get, post};

use super::app::App;
use super::assets::asset;
use super::forget;
use super::live_stream::live_stream;
use super::responses::{csv, html, json, statements, text};
use super::suggestions::suggestions;
use crate::access::{guard, sign_in, sign_in_page, sign_out};
#[cfg(feature = "ingest")]
use crate::ingest;
use crate::pages::{
    AccessesView, AttributionView, ConversationView, CostView, ErrorView, ErrorsView, GraphView,
    HealthView, JobsView, LiveView, PersonView, RecordView, ScoresView, SearchView, SessionView,
    SessionsView, TextView, TraceView, UnattributedView, UsersView, View,
};

/// The routes of all views and assets, behind the guard.
pub(super) fn router(app: App) -> Router {
    let policy = Arc::clone(&app.policy);
    let router = Router::new()
        .route("/", get(|| async { Redirect::temporary(UsersView::PATH) }))
        .route("/assets/{name}", get(asset))
        .route("/forget", get(forget::form).post(forget::forget))
        .route("/live/stream", get(live_stream))
        .route("/search/suggest.json", get(suggestions));
    let sign_in = Router::new()
        .route("/sign-in", get(sign_in_page).post(sign_in))
        .route("/sign-out", post(sign_out))
        .with_state(Arc::clone(&policy));
    #[cfg(feature = "ingest")]
    let ingest = app.receiver.clone().map(ingest::routes);
    let router = views(router).with_state(app).merge(sign_in);
    #[cfg(feature = "ingest")]
    let router = ingest.into_iter().fold(router, Router::merge);
    router.layer(from_fn_with_state(policy, guard))
}

/// Adds every view.
fn views(router: Router<App>) -> Router<App> {
    let router = view::<UsersView>(router);
    let router = text_view::<PersonView>(router);
    let router = view::<SessionsView>(router);
    let router = view::<ConversationView>(router);
    let router = text_view::<SessionView>(router);
    let router = text_view::<TraceView>(router);
    let router = text_view::<RecordView>(router);
    let router = view::<CostView>(router);
    let router = view::<GraphView>(router);
    let router = view::<ErrorsView>(router);
    let router = view::<ErrorView>(router);
    let router = view::<JobsView>(router);
    let router = view::<ScoresView>(router);
    let router = view::<SearchView>(router);
    let router = view::<AttributionView>(router);
    let router = view::<UnattributedView>(router);
    let router = view::<LiveView>(router);
    let router = view::<AccessesView>(router);
    view::<HealthView>(router)
}

/// Adds a view that has a twin `.txt` as well.
fn text_view<V: TextView>(router: Router<App>) -> Router<App> {
    view::<V>(router).route(&format!("{}.txt", V::PATH), get(text::<V>))
}

/// Adds the page of a view, with its twins `.json`, `.csv` and `.sql`.
fn view<V: View>(router: Router<App>) -> Router<App> {
    router
        .route(V::PATH, get(html::<V>))
        .route(&format!("{}.json", V::PATH), get(json::<V>))
        .route(&format!("{}.csv", V::PATH), get(csv::<V>))
        .route(&format!("{}.sql", V::PATH), get(statements::<V>))
}
