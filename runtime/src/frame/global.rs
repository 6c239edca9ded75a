//! The layer of the whole process.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::frame::epoch::written;
use crate::frame::frame::{Frame, Says};
use crate::model::{Source, Trail};
use crate::stack::Frames;
use crate::util::Exclusive;

/// The layer of the whole process.
#[derive(Debug)]
pub(crate) struct GlobalLayer {
    says: RwLock<Option<Says>>,
    pub(crate) trail: Trail,
    /// Whether anything was ever written: mostly nothing is, and then no reader takes the lock.
    written: AtomicBool,
}

static PROCESS: GlobalLayer = GlobalLayer::new();
/// How many layers stand in for the process's own: with none, nobody has to look for one.
static STAND_INS: AtomicUsize = AtomicUsize::new(0);

impl GlobalLayer {
    const fn new() -> Self {
        Self {
            says: RwLock::new(None),
            trail: Trail::new(),
            written: AtomicBool::new(false),
        }
    }

    pub(crate) fn stand_in() -> Arc<Self> {
        STAND_INS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self::new())
    }

    /// Calls `f` with the global layer that holds for a place.
    #[inline(always)]
    pub(crate) fn of<R>(mut frames: Frames<'_>, f: impl FnOnce(&Self) -> R) -> R {
        let stand_in = || {
            frames.find_map(|frame| match frame {
                Frame::Global(layer) => Some(layer),
                _ => None,
            })
        };
        let layer = (STAND_INS.load(Ordering::Relaxed) > 0)
            .then(stand_in)
            .flatten();
        f(layer.map_or(&PROCESS, |layer| layer))
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&Says) -> R) -> Option<R> {
        if !self.written.load(Ordering::Acquire) {
            return None;
        }
        let _exclusive = Exclusive::enter()?;
        let says = self.says.read().unwrap_or_else(PoisonError::into_inner);
        says.as_ref().map(read)
    }

    /// `None` where this thread holds a lock already: then nothing changes.
    pub(crate) fn write(&self, change: impl FnOnce(&mut Says)) -> Option<()> {
        let _exclusive = Exclusive::enter()?;
        let mut says = self.says.write().unwrap_or_else(PoisonError::into_inner);
        change(says.get_or_insert_with(|| Says::nothing(Source::Global)));
        self.written.store(true, Ordering::Release);
        drop(says);
        written();
        Some(())
    }
}
