//! The open spans of a layer.
//!
//! The table replaces the extensions of the registry: a span is inserted, read and removed without a
//! lookup in the registry.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem::replace;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::span::Id;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::layer::open_span::OpenSpan;
use crate::record::SpanContext;

/// Threads contend for a lock only where two of their spans are in one shard.
const SHARDS: usize = 64;

/// The open spans by the ids of their subscriber, which no two open spans share.
pub(crate) struct SpanTable(Box<[Shard]>);

/// The open spans of a shard.
#[derive(Default)]
struct Open {
    /// Usually a shard has one open span.
    one: Option<(u64, Box<OpenSpan>)>,
    others: HashMap<u64, Box<OpenSpan>, BuildHasherDefault<IdHasher>>,
}

/// A cache line of its own for each shard.
#[derive(Default)]
#[repr(align(64))]
struct Shard {
    open: Mutex<Open>,
    /// The number of closed spans; written under the lock.
    closed: AtomicU64,
}

/// A hasher for ids that count upwards: one multiplication spreads their low bits.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = spread(self.0 ^ id);
    }
}

/// Multiplies by 2^64 over the golden ratio (Knuth, The Art of Computer Programming, volume 3,
/// section 6.4).
fn spread(id: u64) -> u64 {
    id.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Open {
    /// Inserts a span. Returns the span that had the id before, which is `None` as long as ids are
    /// unique.
    #[inline]
    fn insert(&mut self, id: u64, open: Box<OpenSpan>) -> Option<Box<OpenSpan>> {
        match &mut self.one {
            None => {
                self.one = Some((id, open));
                None
            }
            Some((one, before)) if *one == id => Some(replace(before, open)),
            Some(_) => self.others.insert(id, open),
        }
    }

    #[inline]
    fn get(&mut self, id: u64) -> Option<&mut OpenSpan> {
        match &mut self.one {
            Some((one, open)) if *one == id => Some(open),
            _ => self.others.get_mut(&id).map(|open| &mut **open),
        }
    }

    #[inline]
    fn remove(&mut self, id: u64) -> Option<Box<OpenSpan>> {
        match self.one.take_if(|(one, _)| *one == id) {
            Some((_, open)) => Some(open),
            None => self.others.remove(&id),
        }
    }
}

impl Shard {
    /// The lock is never held while code of the application runs, nor while another lock is taken.
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for SpanTable {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Shard::default()).collect())
    }
}

impl SpanTable {
    #[inline]
    fn shard(&self, id: u64) -> &Shard {
        // The bits between those that the hash map takes for the bucket and for the tag.
        &self.0[(spread(id) >> 40) as usize % SHARDS]
    }

    /// The generation of a span's id: a number that grows at the latest when the span is closed. A
    /// later span with the same id has a higher generation.
    #[inline]
    pub(crate) fn closed_beside(&self, id: u64) -> u64 {
        self.shard(id).closed.load(Relaxed)
    }

    #[inline]
    pub(crate) fn insert(&self, id: &Id, open: Box<OpenSpan>) {
        let id = id.into_u64();
        let before = self.shard(id).open().insert(id, open);
        drop(before);
    }

    #[inline]
    pub(crate) fn remove(&self, id: &Id) -> Option<Box<OpenSpan>> {
        let id = id.into_u64();
        let shard = self.shard(id);
        let mut open = shard.open();
        shard.closed.store(shard.closed.load(Relaxed) + 1, Relaxed);
        open.remove(id)
    }

    /// Calls `f` with an open span.
    pub(crate) fn with<R>(&self, id: u64, f: impl FnOnce(&mut OpenSpan) -> R) -> Option<R> {
        self.shard(id).open().get(id).map(f)
    }

    /// The nearest known span, from that span outwards. Where a filter hides spans from the layer,
    /// only the registry knows the spans around them.
    pub(crate) fn nearest<'a, S: LookupSpan<'a> + 'a>(
        &self,
        id: &Id,
        find: impl FnOnce() -> Option<SpanRef<'a, S>>,
        mut look: impl FnMut(&mut OpenSpan),
    ) -> Option<u64> {
        let mut look = |id: u64| self.with(id, &mut look).map(|()| id);
        look(id.into_u64()).or_else(|| {
            let mut ids = find()?.scope().map(|span| span.id().into_u64());
            ids.find_map(look)
        })
    }

    /// The position of a span in its trace.
    pub(crate) fn place(&self, id: Option<u64>) -> SpanContext {
        id.and_then(|id| self.with(id, |open| open.place()))
            .unwrap_or_default()
    }
}

impl fmt::Debug for SpanTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spans")
    }
}
