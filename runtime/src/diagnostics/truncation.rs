//! What was cut to a limit: counted by kind, and named once for each call site.
//!
//! The functions that cut are far from those that know where the value came from: a cut leaves a
//! mark on the thread, and the public function around it, or the layer for the fields of a span or
//! an event, takes it off and says whose it was. As long as nothing was ever cut in the process,
//! that costs a few reads of flags that nobody writes.

use std::cell::Cell;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::diagnostics::stats;
use crate::diagnostics::warnings::{self, At, Once};

/// What was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Cut {
    /// An id of a user or a session.
    Id,
    /// A text or an attribute of a user, or a text of a breadcrumb.
    Text,
    Tag,
    /// A field of a span or an event, or the message of an error.
    Field,
    /// An extra value, a context, or a value of a breadcrumb.
    Data,
}

/// Whether anything was ever cut.
static EVER: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// What was cut on this thread and is not named yet.
    static MARK: Cell<Option<Cut>> = const { Cell::new(None) };
}

/// Counts a value that is cut, and marks the thread.
pub(crate) fn cut(what: Cut) {
    stats::cut(what);
    if !EVER.load(Relaxed) {
        EVER.store(true, Relaxed);
    }
    let _ = MARK.try_with(|mark| mark.set(Some(what)));
}

/// Runs `work` with a value that the caller gave, and names the caller where it is cut.
#[inline]
#[track_caller]
pub(crate) fn named<R>(work: impl FnOnce() -> R) -> R {
    named_at(Location::caller(), work)
}

/// As [`named`], for a value that is made later than the caller said how.
#[inline]
pub(crate) fn named_at<R>(at: &'static Location<'static>, work: impl FnOnce() -> R) -> R {
    forget();
    let result = work();
    if EVER.load(Relaxed) {
        name(at);
    }
    warnings::catch_up();
    result
}

/// As [`named`], for the fields of a span or an event, which have a call site of their own.
pub(crate) fn fields_named<R>(at: impl Into<At>, work: impl FnOnce() -> R) -> R {
    forget();
    let result = work();
    if EVER.load(Relaxed) {
        if let Some(what) = take() {
            warnings::warn_later(Once::CutValue(what), at);
        }
    }
    result
}

/// What was cut before, where nobody could name it, is not this caller's.
#[inline]
fn forget() {
    if EVER.load(Relaxed) {
        take();
    }
}

#[cold]
fn take() -> Option<Cut> {
    MARK.try_with(Cell::take).ok().flatten()
}

#[cold]
fn name(at: &'static Location<'static>) {
    if let Some(what) = take() {
        warnings::warn_once(Once::CutValue(what), at);
    }
}
