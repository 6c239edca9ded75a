//! The hub of a transaction that finishes. A transaction takes its user from the current hub.

use std::cell::RefCell;
use std::sync::Arc;

use sentry_core::{Hub, HubSwitchGuard};
use tracing::Id;
use whose::Attribution;

use crate::convert;

thread_local! {
    /// The hubs of the spans that close on this thread, innermost last.
    static CLOSING: RefCell<Vec<(Id, HubSwitchGuard)>> = const { RefCell::new(Vec::new()) };
}

/// Whether a span that begins now begins a transaction: Sentry makes a child where the hub has a span.
pub(crate) fn begins_transaction() -> bool {
    let hub = Hub::current();
    // Most spans are children.
    hub.configure_scope(|scope| scope.get_span()).is_none() && hub.client().is_some()
}

/// Puts the attribution on the hub with which a transaction finishes on this thread.
///
/// The hub is a new one: another thread can share the current hub.
pub(crate) fn begin(id: &Id, attribution: &Attribution) {
    let hub = Arc::new(Hub::new_from_top(Hub::current()));
    hub.configure_scope(|scope| convert::apply_to_scope(scope, attribution));
    let guard = HubSwitchGuard::new(hub);
    let _ = CLOSING.try_with(|closing| closing.borrow_mut().push((id.clone(), guard)));
}

/// Restores the hub that was current before [`begin`].
pub(crate) fn end(id: &Id) {
    let guard = CLOSING.try_with(|closing| {
        let mut closing = closing.borrow_mut();
        closing.pop_if(|(closing, _)| closing == id)
    });
    drop(guard);
}
