//! Which policies hold for a line of a log, whose format knows nothing of the subscriber.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use tracing::{dispatcher, Event};

use super::{of, Core, Gate};
use crate::attribution::Attribution;

thread_local! {
    /// The event that this thread is dispatching, by its address, and the layer that it came by.
    static SEEN: RefCell<(usize, Weak<Core>)> = const { RefCell::new((0, Weak::new())) };
}

fn address(event: &Event<'_>) -> usize {
    std::ptr::from_ref(event).addr()
}

/// Notes that an event comes by the layer, before any layer takes it.
pub(super) fn note(event: &Event<'_>, core: &Arc<Core>) {
    if Gate::is_any_guarded() {
        let _ = SEEN.try_with(|seen| {
            *seen.borrow_mut() = (address(event), Arc::downgrade(core));
        });
    }
}

/// Leaves of whose an event is what the policies of its subscriber let through.
///
/// While a thread dispatches to a subscriber of its own, that one cannot be asked for; then the
/// layer has noted the event. Where it has not, since a filter keeps the event from it, the
/// policies of all layers hold: too little can be seen then, never too much.
pub(crate) fn protect_line(event: &Event<'_>, at: &mut Attribution) {
    if !Gate::is_any_guarded() {
        return;
    }
    let current = dispatcher::get_default(|dispatch| of(dispatch, |layer| layer.core().clone()));
    let seen = || {
        let seen = SEEN.try_with(|seen| {
            let (noted, core) = &*seen.borrow();
            (*noted == address(event)).then(|| core.upgrade()).flatten()
        });
        seen.ok().flatten()
    };
    match current.or_else(seen) {
        Some(core) => core.gate().protect(at),
        None => Core::all().iter().for_each(|core| core.gate().protect(at)),
    }
}
