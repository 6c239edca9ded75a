//! The routes.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

use super::app::App;
use super::assets::asset;
use super::live_stream::live_stream;
use super::responses::{csv, html, json, statements, text};
use crate::pages::{
    AttributionView, ConversationView, HealthView, LiveView, PersonView, RecordView, SessionView,
    SessionsView, TextView, TraceView, UnattributedView, UsersView, View,
};

/// The routes of all views and assets.
pub(super) fn router(app: App) -> Router {
    let router = Router::new()
        .route("/", get(|| async { Redirect::temporary(UsersView::PATH) }))
        .route("/assets/{name}", get(asset))
        .route("/live/stream", get(live_stream));
    let router = view::<UsersView>(router);
    let router = view::<PersonView>(router);
    let router = view::<SessionsView>(router);
    let router = view::<ConversationView>(router);
    let router = text_view::<SessionView>(router);
    let router = text_view::<TraceView>(router);
    let router = text_view::<RecordView>(router);
    let router = view::<AttributionView>(router);
    let router = view::<UnattributedView>(router);
    let router = view::<LiveView>(router);
    view::<HealthView>(router).with_state(app)
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
