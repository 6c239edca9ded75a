//! The layer of the whole process.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::frame::epoch::written;
use crate::frame::scope_data::ScopeData;
use crate::model::{Source, Trail};
use crate::util::Exclusive;

/// The layer of the whole process.
#[derive(Debug)]
pub(crate) struct GlobalLayer {
    data: RwLock<Option<ScopeData>>,
    pub(crate) trail: Trail,
    /// Whether anything was ever written: mostly nothing is, and then no reader takes the lock.
    written: AtomicBool,
}

static PROCESS: GlobalLayer = GlobalLayer::new();
/// How many layers were made by [`GlobalLayer::test_override`]. Without one, no stack is searched.
static OVERRIDES: AtomicUsize = AtomicUsize::new(0);

impl GlobalLayer {
    const fn new() -> Self {
        Self {
            data: RwLock::new(None),
            trail: Trail::new(),
            written: AtomicBool::new(false),
        }
    }

    pub(crate) fn test_override() -> Arc<Self> {
        OVERRIDES.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self::new())
    }

    /// The global layer of the process.
    #[inline]
    pub(crate) fn process() -> &'static Self {
        &PROCESS
    }

    /// Whether any scope of the process has a global layer of its own.
    #[inline]
    pub(crate) fn is_any_overridden() -> bool {
        OVERRIDES.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&ScopeData) -> R) -> Option<R> {
        if !self.written.load(Ordering::Acquire) {
            return None;
        }
        let _exclusive = Exclusive::enter()?;
        let data = self.data.read().unwrap_or_else(PoisonError::into_inner);
        data.as_ref().map(read)
    }

    /// `None` where this thread holds a lock already: then nothing changes.
    pub(crate) fn write(&self, change: impl FnOnce(&mut ScopeData)) -> Option<()> {
        let _exclusive = Exclusive::enter()?;
        let mut data = self.data.write().unwrap_or_else(PoisonError::into_inner);
        change(data.get_or_insert_with(|| ScopeData::nothing(Source::Global)));
        self.written.store(true, Ordering::Release);
        drop(data);
        written();
        Some(())
    }
}
