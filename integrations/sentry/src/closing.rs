//! What happens to the span of Sentry before it finishes.

use std::cell::RefCell;
use std::sync::Arc;

use sentry_core::{Hub, HubSwitchGuard, TransactionOrSpan};
use tracing::Id;
use whose::Attribution;

use crate::{attributes, convert};

thread_local! {
    /// Made after the thread-local of the current hub, and so ends before it. Only a thread-local with a
    /// destructor ends, which a box has.
    static HUB_LIVES: Box<()> = {
        let _ = Hub::current();
        Box::new(())
    };
    /// The transactions that finish on this thread, innermost last, each with the guard of its hub.
    static FINISHING: RefCell<Vec<(Id, HubSwitchGuard)>> = const { RefCell::new(Vec::new()) };
}

/// The current hub; `None` while the thread ends: a read of the current hub panics after the end of its
/// thread-local.
#[inline]
pub(crate) fn current_hub() -> Option<Arc<Hub>> {
    HUB_LIVES.try_with(|_| ()).ok()?;
    Some(Hub::current())
}

/// Writes the attribution to the span of Sentry that `hub` has. Returns whether it is a transaction.
///
/// A transaction takes its user from the current hub when it finishes. Another thread can share that hub,
/// so `hub` takes its place until [`end`], with the scope of the current one. Nothing else has `hub`.
pub(crate) fn begin(id: &Id, attribution: &Attribution, hub: Arc<Hub>) -> bool {
    let is_transaction = hub.configure_scope(|scope| match scope.get_span() {
        Some(TransactionOrSpan::Transaction(_)) => {
            let Some(current) = current_hub() else {
                return false;
            };
            // In place: a scope is large.
            current.configure_scope(|current| scope.clone_from(current));
            convert::apply_to_scope(scope, attribution);
            true
        }
        Some(TransactionOrSpan::Span(span)) => {
            attributes::write(&span, attribution);
            false
        }
        None => false,
    });
    if is_transaction {
        let guard = HubSwitchGuard::new(hub);
        let _ = FINISHING.try_with(|finishing| finishing.borrow_mut().push((id.clone(), guard)));
    }
    is_transaction
}

/// Restores the hub that was current before [`begin`].
pub(crate) fn end(id: &Id) {
    let guard = FINISHING.try_with(|finishing| {
        let mut finishing = finishing.borrow_mut();
        finishing.pop_if(|(finishing, _)| finishing == id)
    });
    drop(guard);
}
