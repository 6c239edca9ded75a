//! Truncated values: counted by kind, and warned about once for each call site.
//!
//! The functions that truncate do not know the call site of the value. They mark the thread, and the
//! public function around them, or the layer for the fields of a span or event, takes the mark and
//! warns with the call site. Until the first truncation in the process, this costs reads of a flag
//! that no thread writes.

use std::cell::Cell;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::diagnostics::limits::Limits;
use crate::diagnostics::stats;
use crate::diagnostics::warnings::{self, Origin, Warning};

/// The kind of a truncated value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Truncated {
    /// An id of a user or a session.
    Id,
    /// A text or an attribute of a user, a text of a breadcrumb, or a feature flag.
    Text,
    Tag,
    /// A field of a span or an event, or the message of an error.
    Field,
    /// An extra value, a context, or a value of a breadcrumb.
    Data,
    /// The outermost actors of a chain.
    Actor,
}

const TRUNCATED_VALUE: Warning = Warning::debug("truncated value");

/// Whether any value was ever truncated.
static IS_ANY: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The last truncation on this thread that has no call site yet.
    static MARK: Cell<Option<Truncated>> = const { Cell::new(None) };
}

/// Counts a truncation and marks the thread.
pub(crate) fn note(truncated: Truncated) {
    match truncated {
        Truncated::Id => stats::truncated_id(),
        Truncated::Text => stats::truncated_text(),
        Truncated::Tag => stats::truncated_tag(),
        Truncated::Field => stats::truncated_field(),
        Truncated::Data => stats::truncated_datum(),
        Truncated::Actor => stats::truncated_actor(),
    }
    if !IS_ANY.load(Relaxed) {
        IS_ANY.store(true, Relaxed);
    }
    let _ = MARK.try_with(|mark| mark.set(Some(truncated)));
}

/// Runs `work` on values of the caller, and warns with the call site of the caller where `work`
/// truncates a value.
#[inline]
#[track_caller]
pub(crate) fn attribute<R>(work: impl FnOnce() -> R) -> R {
    attribute_to(Location::caller(), work)
}

/// As [`attribute`], for a value that is made after the call that requested it.
#[inline]
pub(crate) fn attribute_to<R>(
    call_site: &'static Location<'static>,
    work: impl FnOnce() -> R,
) -> R {
    clear_mark();
    let result = work();
    if IS_ANY.load(Relaxed) {
        warn(call_site);
    }
    warnings::flush_pending();
    result
}

/// As [`attribute`], for the fields of a span or an event, which have a call site of their own.
pub(crate) fn attribute_fields<R>(origin: impl Into<Origin>, work: impl FnOnce() -> R) -> R {
    clear_mark();
    let result = work();
    if IS_ANY.load(Relaxed) {
        if let Some(truncated) = take_mark() {
            TRUNCATED_VALUE.emit_deferred(origin, move |origin| message(truncated, origin));
        }
    }
    result
}

/// Removes the mark of an earlier truncation, which no function has attributed.
#[inline]
fn clear_mark() {
    if IS_ANY.load(Relaxed) {
        take_mark();
    }
}

#[cold]
fn take_mark() -> Option<Truncated> {
    MARK.try_with(Cell::take).ok().flatten()
}

#[cold]
fn warn(call_site: &'static Location<'static>) {
    if let Some(truncated) = take_mark() {
        TRUNCATED_VALUE.emit_once(call_site, |origin| message(truncated, origin));
    }
}

fn message(truncated: Truncated, origin: Origin) -> String {
    let (value, limit) = match truncated {
        Truncated::Id => ("an id", format!("{} bytes", Limits::ID_BYTES)),
        Truncated::Text => (
            "a text",
            format!(
                "{} bytes of an email, a name, a key or a flag, {} of an attribute or a \
                 breadcrumb, {} attributes",
                Limits::ID_BYTES,
                Limits::FIELD_BYTES,
                Limits::ATTRS
            ),
        ),
        Truncated::Tag => (
            "a tag",
            format!(
                "{} characters, {} tags",
                Limits::TAG_VALUE_CHARS,
                Limits::TAGS
            ),
        ),
        Truncated::Field => ("a field", format!("{} bytes", Limits::FIELD_BYTES)),
        Truncated::Data => (
            "extra, a context or a value of a breadcrumb",
            format!(
                "{} bytes of JSON, {} of each",
                Limits::DATA_BYTES,
                Limits::EXTRA
            ),
        ),
        Truncated::Actor => ("a chain of actors", format!("{} actors", Limits::ACTORS)),
    };
    format!("{value} given at {origin} was truncated to the limit: {limit} (see `whose::Limits`)")
}
