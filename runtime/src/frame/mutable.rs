//! Frames whose content changes: those of requests, of spans, and the layer of the whole process.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::{Frame, Says};
use crate::breadcrumb::Trail;
use crate::source::Source;
use crate::stack::Frames;
use crate::testing::Tap;

/// How often anything was written into a mutable frame: an answer that was kept holds as long as
/// this stays as it was before the answer was made.
static EPOCH: AtomicU64 = AtomicU64::new(0);

pub(crate) fn epoch() -> u64 {
    EPOCH.load(Ordering::Acquire)
}

/// Tells after a write that what was read before may no longer hold.
fn written() {
    EPOCH.fetch_add(1, Ordering::Release);
}

/// The frame of a span that has fields for an identity: they may be recorded late, and hold from
/// then on for everything that is inside the span, on whichever thread.
#[derive(Debug)]
pub(crate) struct Recorded {
    says: RwLock<Says>,
    /// Whether nothing was said when the span was created.
    is_late: bool,
    /// Whether nobody was named when the span was created; tags name nobody.
    names_late: bool,
    /// The number of what was current where the span was last entered before it was identified.
    entered_on: AtomicU64,
}

impl Recorded {
    pub(crate) fn new(says: Says) -> Self {
        let is_late = says.is_nothing();
        let names_late = says.user.is_unset() && says.session.is_none();
        Self {
            says: RwLock::new(says),
            is_late,
            names_late,
            entered_on: AtomicU64::new(NEVER),
        }
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&Says) -> R) -> R {
        read(&self.says.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, says: Says) {
        *self.says.write().unwrap_or_else(PoisonError::into_inner) = says;
        written();
    }

    pub(super) fn is_late(&self) -> bool {
        self.is_late
    }

    pub(crate) fn names_late(&self) -> bool {
        self.names_late
    }

    pub(crate) fn entered_on(&self) -> Option<u64> {
        match self.entered_on.load(Ordering::Relaxed) {
            NEVER => None,
            place => Some(place),
        }
    }

    pub(crate) fn set_entered_on(&self, place: u64) {
        self.entered_on.store(place, Ordering::Relaxed);
    }
}

/// The number of no stack: the span was not entered yet.
const NEVER: u64 = u64::MAX;

/// The mutable frame of one request, message or job.
#[derive(Debug)]
pub(crate) struct Isolated {
    vars: RwLock<Vars>,
    pub(crate) trail: Trail,
    pub(crate) tap: Option<Arc<Tap>>,
    /// How many [`IsolatedFrame`]s keep the scope open.
    openings: AtomicUsize,
}

/// What is held by an isolated frame: what was written here, and who was named from outside.
#[derive(Clone, Debug)]
pub(crate) struct Vars {
    pub(crate) written: Says,
    pub(crate) remote: Option<Says>,
}

impl Isolated {
    pub(crate) fn new(tap: Option<Arc<Tap>>) -> Self {
        let vars = Vars {
            written: Says::nothing(Source::Isolation),
            remote: None,
        };
        Self {
            vars: RwLock::new(vars),
            trail: Trail::new(),
            tap,
            openings: AtomicUsize::new(0),
        }
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&Vars) -> R) -> R {
        read(&self.vars.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what is held; no code of the user's runs under the lock.
    pub(crate) fn write(&self, change: impl FnOnce(&mut Vars)) {
        change(&mut self.vars.write().unwrap_or_else(PoisonError::into_inner));
        written();
    }

    /// Whether the request, message or job still runs: a scope ends with its last `Scope` value,
    /// guard, closure and future, whatever spans and tasks have captured it.
    pub(crate) fn is_open(&self) -> bool {
        self.openings.load(Ordering::Acquire) > 0
    }
}

/// An isolated scope as a frame: either an opening, which keeps the scope open, or a reference of a
/// captured stack, which does not.
#[derive(Debug)]
pub(crate) struct IsolatedFrame {
    isolated: Arc<Isolated>,
    is_opening: bool,
}

impl IsolatedFrame {
    /// Opens an isolated scope.
    pub(crate) fn open(isolated: Isolated) -> Self {
        Self::counted(Arc::new(isolated))
    }

    fn counted(isolated: Arc<Isolated>) -> Self {
        isolated.openings.fetch_add(1, Ordering::Relaxed);
        Self {
            isolated,
            is_opening: true,
        }
    }

    /// The scope for a captured stack.
    pub(crate) fn reference(&self) -> Self {
        Self {
            isolated: self.isolated.clone(),
            is_opening: false,
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Isolated> {
        &self.isolated
    }
}

impl std::ops::Deref for IsolatedFrame {
    type Target = Isolated;

    fn deref(&self) -> &Isolated {
        &self.isolated
    }
}

/// A clone of an opening is another one.
impl Clone for IsolatedFrame {
    fn clone(&self) -> Self {
        match self.is_opening {
            true => Self::counted(self.isolated.clone()),
            false => self.reference(),
        }
    }
}

impl Drop for IsolatedFrame {
    fn drop(&mut self) {
        if self.is_opening {
            self.isolated.openings.fetch_sub(1, Ordering::Release);
        }
    }
}

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
        self.says
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(read)
    }

    pub(crate) fn write(&self, change: impl FnOnce(&mut Says)) {
        let mut says = self.says.write().unwrap_or_else(PoisonError::into_inner);
        change(says.get_or_insert_with(|| Says::nothing(Source::Global)));
        self.written.store(true, Ordering::Release);
        drop(says);
        written();
    }
}
