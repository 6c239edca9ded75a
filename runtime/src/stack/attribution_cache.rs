//! The last resolved attribution of a thread, and the last flattened stack.

use std::sync::Arc;

use crate::frame::epoch::epoch;
use crate::model::Attribution;
use crate::stack::cached::Cached;
use crate::stack::entry::stack_id_at;
use crate::stack::frames::Frames;
use crate::stack::ids::UNPLACED;
use crate::stack::node::{Node, Stack};
use crate::stack::owner::View;
use crate::stack::thread_state::{local, ThreadState};

/// The attribution of the current stack, from the cache if the cached attribution is valid.
///
/// The attribution leaves the cache until [`store`], so that the reader may call back into this crate.
#[inline]
pub(crate) fn resolve_cached(
    resolve: impl Fn(&mut Attribution, Frames<'_>),
) -> Option<Box<Cached>> {
    local(|local| local.resolve_cached(resolve))
}

/// The result of `flatten` for `stack`. The last result is cached, because the spans of one scope
/// flatten the same stack.
pub(crate) fn flattened(stack: &Arc<Node>, flatten: impl Fn(&Arc<Node>) -> Stack) -> Stack {
    // The epoch is part of the key: a flattened stack misses later writes.
    let key = (stack.stack_id(), epoch());
    let known = local(|local| {
        let (known, flattened) = local.flattened.take()?;
        local.flattened.set(Some((known, flattened.clone())));
        (known == key).then_some(flattened)
    });
    known.flatten().or_else(|| {
        let flattened = flatten(stack)?;
        local(|local| local.flattened.set(Some((key, flattened.clone()))));
        Some(flattened)
    })
}

/// Puts a cached attribution back.
#[inline]
pub(crate) fn store(cached: Box<Cached>) {
    local(|local| local.cached.set(Some(cached)));
}

/// Writes the attribution of the current stack to `attribution`, for a record. Returns `None` while the
/// thread is being torn down.
///
/// The attribution is cached from the second record of a stack on: most scopes have one record, for
/// which caching would be one copy too many.
#[inline]
pub(crate) fn resolve_cached_to(
    attribution: &mut Attribution,
    resolve: impl Fn(&mut Attribution, Frames<'_>),
) -> Option<()> {
    local(|local| local.resolve_cached_to(attribution, resolve))
}

impl Cached {
    #[inline]
    fn is_valid(&self, local: &ThreadState, epoch: u64) -> bool {
        self.stack_id == local.stack_id() && self.epoch == epoch
    }
}

impl ThreadState {
    /// The id of the current stack.
    #[inline]
    pub(crate) fn stack_id(&self) -> u64 {
        self.with_top(|top| stack_id_at(top.as_deref()))
    }

    #[inline]
    fn resolve_cached_to(
        &self,
        attribution: &mut Attribution,
        resolve: impl Fn(&mut Attribution, Frames<'_>),
    ) {
        if self.view() != View::Whole {
            return self.with_frames(|frames| resolve(attribution, frames));
        }
        let (epoch, stack_id) = (epoch(), self.stack_id());
        let is_second = self.last_record_stack_id.replace(stack_id) == stack_id;
        match self.cached.take() {
            Some(cached) if cached.is_valid(self, epoch) => {
                attribution.clone_from(&cached.attribution);
                self.cached.set(Some(cached));
            }
            stale if is_second => {
                let cached = self.resolve_anew(stale, stack_id, epoch, resolve);
                attribution.clone_from(&cached.attribution);
                self.cached.set(Some(cached));
            }
            stale => {
                self.cached.set(stale);
                self.with_frames(|frames| resolve(attribution, frames));
            }
        }
    }

    #[inline]
    fn resolve_cached(&self, resolve: impl Fn(&mut Attribution, Frames<'_>)) -> Box<Cached> {
        // Read before resolving: a concurrent write then makes the cached attribution stale.
        let epoch = epoch();
        if self.view() != View::Whole {
            // The stack id covers hidden entries too, so an attribution of one task is not cached.
            return self.resolve_anew(None, UNPLACED, epoch, resolve);
        }
        match self.cached.take() {
            Some(cached) if cached.is_valid(self, epoch) => cached,
            stale => self.resolve_anew(stale, self.stack_id(), epoch, resolve),
        }
    }

    fn resolve_anew(
        &self,
        stale: Option<Box<Cached>>,
        stack_id: u64,
        epoch: u64,
        resolve: impl Fn(&mut Attribution, Frames<'_>),
    ) -> Box<Cached> {
        let mut cached = stale.unwrap_or_else(|| {
            Box::new(Cached {
                attribution: Attribution::default(),
                stack_id,
                epoch,
            })
        });
        self.with_frames(|frames| resolve(&mut cached.attribution, frames));
        cached.stack_id = stack_id;
        cached.epoch = epoch;
        cached
    }
}
