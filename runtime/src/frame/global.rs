//! The global level of attribution.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::frame::epoch::written;
use crate::frame::scope_data::ScopeData;
use crate::model::flag::Flags;
use crate::model::{Source, Trail};
use crate::util::Exclusive;

/// The values of the whole process, outside every scope.
#[derive(Debug)]
pub(crate) struct GlobalLayer {
    data: RwLock<Option<ScopeData>>,
    pub(crate) trail: Trail,
    pub(crate) flags: Flags,
    /// Whether anything was ever written. While nothing was, readers skip the lock.
    written: AtomicBool,
}

static PROCESS: GlobalLayer = GlobalLayer::new();
/// How many layers [`GlobalLayer::test_override`] made. While there are none, no stack is searched.
static OVERRIDES: AtomicUsize = AtomicUsize::new(0);

impl GlobalLayer {
    const fn new() -> Self {
        Self {
            data: RwLock::new(None),
            trail: Trail::new(),
            flags: Flags::new(),
            written: AtomicBool::new(false),
        }
    }

    /// A global layer for a test.
    pub(crate) fn test_override() -> Arc<Self> {
        OVERRIDES.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self::new())
    }

    /// The global layer of the process.
    #[inline]
    pub(crate) fn process() -> &'static Self {
        &PROCESS
    }

    /// Whether any test of the process has a global layer of its own.
    #[inline]
    pub(crate) fn is_any_overridden() -> bool {
        OVERRIDES.load(Ordering::Relaxed) > 0
    }

    /// Returns `None` where nothing was ever written, or where this thread already holds a lock.
    #[inline]
    pub(crate) fn read<R>(&self, read: impl FnOnce(&ScopeData) -> R) -> Option<R> {
        match self.written.load(Ordering::Acquire) {
            true => self.read_written(read),
            false => None,
        }
    }

    #[cold]
    fn read_written<R>(&self, read: impl FnOnce(&ScopeData) -> R) -> Option<R> {
        let _exclusive = Exclusive::enter()?;
        let data = self.data.read().unwrap_or_else(PoisonError::into_inner);
        data.as_ref().map(read)
    }

    /// Returns `None`, and changes nothing, where this thread already holds a lock.
    pub(crate) fn write(&self, change: impl FnOnce(&mut ScopeData)) -> Option<()> {
        let _exclusive = Exclusive::enter()?;
        let mut data = self.data.write().unwrap_or_else(PoisonError::into_inner);
        change(data.get_or_insert_with(|| ScopeData::empty(Source::Global)));
        self.written.store(true, Ordering::Release);
        drop(data);
        written();
        Some(())
    }
}
