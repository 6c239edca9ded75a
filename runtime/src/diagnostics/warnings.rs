//! Warnings about the use of the crate: one for each call site, not one for each call.

use std::collections::HashSet;
use std::fmt;
use std::mem;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use tracing::Metadata;

use crate::util::{CallSite, Exclusive};

/// The target of the events that this crate emits itself. The layer ignores these events.
pub(crate) const TARGET: &str = "whose";

/// A kind of warning, which is emitted once for each [`Origin`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Warning {
    key: &'static str,
    is_debug: bool,
}

/// The call site that a warning is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    Call(&'static Location<'static>),
    Site(CallSite),
    /// The target of a record, or the name of a span, whose call site is not known.
    Name(&'static str),
}

impl From<&'static Location<'static>> for Origin {
    fn from(location: &'static Location<'static>) -> Self {
        Self::Call(location)
    }
}

impl From<&'static Metadata<'static>> for Origin {
    fn from(metadata: &'static Metadata<'static>) -> Self {
        match metadata.file().zip(metadata.line()) {
            Some((file, line)) => Self::Site(CallSite { file, line }),
            None => Self::Name(metadata.target()),
        }
    }
}

impl Origin {
    /// The call site, or else the name.
    pub(crate) fn new(call_site: Option<CallSite>, name: &'static str) -> Self {
        call_site.map_or(Self::Name(name), Self::Site)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(location) => location.fmt(f),
            Self::Site(site) => site.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl Warning {
    /// A warning of level `WARN`; `key` identifies the kind of warning.
    pub(crate) const fn warn(key: &'static str) -> Self {
        Self {
            key,
            is_debug: false,
        }
    }

    /// A warning of level `DEBUG`.
    pub(crate) const fn debug(key: &'static str) -> Self {
        Self {
            key,
            is_debug: true,
        }
    }

    /// Emits the message unless this kind of warning was emitted for that origin before.
    pub(crate) fn emit_once(
        self,
        origin: impl Into<Origin>,
        message: impl FnOnce(Origin) -> String,
    ) {
        let origin = origin.into();
        if self.is_first(origin) {
            self.emit(&message(origin));
        }
    }

    /// As [`emit_once`](Self::emit_once), at the next [`flush_pending`].
    ///
    /// Use this form where a subscriber is delivering an event or a new span to its layers: an event
    /// inside that call would reset the decisions of per-layer filters.
    pub(crate) fn emit_deferred(
        self,
        origin: impl Into<Origin>,
        message: impl FnOnce(Origin) -> String + Send + 'static,
    ) {
        let origin = origin.into();
        if self.is_first(origin) {
            defer(move || self.emit(&message(origin)));
        }
    }

    fn emit(self, message: &str) {
        match self.is_debug {
            true => tracing::debug!(target: TARGET, "{message}"),
            false => tracing::warn!(target: TARGET, "{message}"),
        }
    }

    /// Whether the warning is the first of its kind for that origin; `false` while this thread holds
    /// a lock of the crate.
    fn is_first(self, origin: Origin) -> bool {
        /// More call sites than a program has. Records of the `log` crate can name any line.
        const CAPACITY: usize = 65_536;
        static EMITTED: Mutex<Option<HashSet<(Warning, Origin)>>> = Mutex::new(None);
        let Some(_exclusive) = Exclusive::enter() else {
            return false;
        };
        let mut emitted = EMITTED.lock().unwrap_or_else(PoisonError::into_inner);
        let emitted = emitted.get_or_insert_default();
        emitted.len() < CAPACITY && emitted.insert((self, origin))
    }
}

type Task = Box<dyn FnOnce() + Send>;

/// At most one task for each call site and each link: the list stays short.
static PENDING: Mutex<Vec<Task>> = Mutex::new(Vec::new());
static HAS_PENDING: AtomicBool = AtomicBool::new(false);

/// Runs `task` at the next [`flush_pending`], where no subscriber is delivering an event.
pub(crate) fn defer(task: impl FnOnce() + Send + 'static) {
    let Some(_exclusive) = Exclusive::enter() else {
        return;
    };
    let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
    pending.push(Box::new(task));
    HAS_PENDING.store(true, Relaxed);
}

/// Runs the deferred tasks. Without any, the cost is one read of a flag.
#[inline]
pub(crate) fn flush_pending() {
    if HAS_PENDING.load(Relaxed) {
        run_pending();
    }
}

#[cold]
fn run_pending() {
    let pending = {
        let Some(_exclusive) = Exclusive::enter() else {
            return;
        };
        let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
        HAS_PENDING.store(false, Relaxed);
        mem::take(&mut *pending)
    };
    pending.into_iter().for_each(|task| task());
}
