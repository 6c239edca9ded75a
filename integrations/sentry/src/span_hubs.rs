//! The hubs with which the layers of Sentry enter spans.
//!
//! Sentry's span of a `tracing` span is private to `sentry-tracing`. Only the hub of the entry has it, so the
//! hub of the first entry is kept until the close. The extensions of the registry would take a lookup at each
//! entry.

use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sentry_core::Hub;
use sentry_tracing::SpanLayer;
use tracing::{Id, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::closing::current_hub;

/// Threads contend for a lock only where two of their spans are in one shard.
const SHARDS: usize = 64;

thread_local! {
    /// The address of the current hub before the layers of Sentry enter a span; 0 afterwards, and
    /// while the thread ends.
    static HUB_BEFORE: Cell<usize> = const { Cell::new(0) };
}

/// The hubs of the open spans of a subscriber.
pub(crate) struct SpanHubs(Box<[Shard]>);

/// The hubs of a few spans, by their ids. A cache line of its own for each shard.
#[derive(Default)]
#[repr(align(64))]
struct Shard(Mutex<Vec<(u64, Arc<Hub>)>>);

fn address_of(hub: &Arc<Hub>) -> usize {
    Arc::as_ptr(hub).addr()
}

impl Default for SpanHubs {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Shard::default()).collect())
    }
}

impl SpanHubs {
    /// The lock is held for a search alone.
    fn shard(&self, id: &Id) -> MutexGuard<'_, Vec<(u64, Arc<Hub>)>> {
        // The ids of a thread count upwards: Knuth's multiplication spreads their low bits.
        let spread = id.into_u64().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let Shard(hubs) = &self.0[(spread >> 40) as usize % SHARDS];
        hubs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the current hub, before the layers of Sentry enter a span.
    #[inline]
    pub(crate) fn before_entry() {
        HUB_BEFORE.set(current_hub().as_ref().map_or(0, address_of));
    }

    /// Keeps the hub with which the layers of Sentry have entered a span, and calls `look` with the hub. A
    /// span that a filter hides from Sentry leaves the current hub as it was.
    #[inline]
    pub(crate) fn after_entry(&self, id: &Id, look: impl FnOnce(&Hub)) {
        let before = HUB_BEFORE.replace(0);
        if before == 0 {
            return;
        }
        let hub = Hub::current();
        if address_of(&hub) == before {
            return;
        }
        look(&hub);
        let mut hubs = self.shard(id);
        if hubs.iter().all(|(known, _)| *known != id.into_u64()) {
            hubs.push((id.into_u64(), hub));
        }
    }

    /// The hub of a span that closes now, which nothing else has. Enters a span that was never entered.
    #[inline]
    pub(crate) fn take<S>(&self, id: &Id, ctx: &Context<'_, S>) -> Option<Arc<Hub>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut hubs = self.shard(id);
        let at = hubs.iter().position(|(known, _)| *known == id.into_u64());
        let kept = at.map(|at| hubs.swap_remove(at).1);
        drop(hubs);
        match kept {
            Some(hub) => Some(own(hub)),
            None => enter(id, ctx),
        }
    }
}

/// The application may have bound the hub to a task.
#[inline]
fn own(mut hub: Arc<Hub>) -> Arc<Hub> {
    match Arc::get_mut(&mut hub) {
        Some(_) => hub,
        None => Arc::new(Hub::new_from_top(hub)),
    }
}

#[cold]
fn enter<S>(id: &Id, ctx: &Context<'_, S>) -> Option<Arc<Hub>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let before = current_hub()?;
    SpanLayer::new().on_enter(id, ctx.clone());
    let hub = Hub::current();
    // The hub stays the same where `sentry-tracing` does not know the span.
    let is_known = !Arc::ptr_eq(&before, &hub);
    is_known.then(|| {
        SpanLayer::new().on_exit(id, ctx.clone());
        hub
    })
}
