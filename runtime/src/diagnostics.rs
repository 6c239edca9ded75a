//! What whose itself has to say: once for each call site, never for each call.

use std::collections::HashSet;
use std::panic::Location;
use std::sync::{Mutex, PoisonError};

/// The target of whose's own events, which its layer leaves alone: they are nobody's.
pub(crate) const TARGET: &str = "whose";

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Once {
    RefusedWrite,
    ShadowedWrite,
}

/// Says what happened, the first time that it happens at that place.
pub(crate) fn warn_once(what: Once, at: &'static Location<'static>) {
    static SAID: Mutex<Option<HashSet<(Once, &'static Location<'static>)>>> = Mutex::new(None);
    let is_new = SAID
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert_default()
        .insert((what, at));
    if !is_new {
        return;
    }
    match what {
        Once::RefusedWrite => tracing::warn!(
            target: TARGET,
            "write at {at} refused: it is outside every isolated scope of a process that serves \
             many; put it inside a request's scope, or use `whose::global()` to mean the whole \
             process"
        ),
        Once::ShadowedWrite => tracing::debug!(
            target: TARGET,
            "write at {at} has no visible effect there: a scope further in says something else"
        ),
    }
}
