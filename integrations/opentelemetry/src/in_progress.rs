//! What the layer is doing on this thread, for the processors that the callbacks of the wrapped layer
//! call on the same thread.
//!
//! Each slot holds one value: the layer fills the slot before the callback of the wrapped layer and
//! empties the slot after the callback. A callback that panics leaves its value behind, so a reader
//! compares the value with what the reader has: a span's id, or the call site of an event.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanId;
use tracing::Metadata;
use whose::Attribution;

use crate::event_log::EventLog;

/// An event that the wrapped layer receives now.
#[derive(Debug)]
pub(crate) struct EventInProgress {
    /// When the wrapped layer received the event.
    pub(crate) from: SystemTime,
    pub(crate) metadata: &'static Metadata<'static>,
    pub(crate) attribution: Attribution,
}

/// A span that the wrapped layer closes now.
#[derive(Debug)]
pub(crate) struct ClosingSpan {
    pub(crate) span_id: SpanId,
    pub(crate) attribution: Attribution,
    pub(crate) kind: Option<whose::Kind>,
    /// The usage of the model calls that were reported inside the span.
    pub(crate) usage: Vec<KeyValue>,
    pub(crate) events: Option<EventLog>,
}

thread_local! {
    static EVENT: RefCell<Option<Rc<EventInProgress>>> = const { RefCell::new(None) };
    static CLOSING: RefCell<Option<Rc<ClosingSpan>>> = const { RefCell::new(None) };
    /// The span whose attributes were set last.
    static STAMPED: Cell<SpanId> = const { Cell::new(SpanId::INVALID) };
    /// Whose the log record is that this crate emits now.
    static LOG: RefCell<Option<Attribution>> = const { RefCell::new(None) };
    /// Whether a callback of the wrapped layer runs, which may start the span of `tracing`.
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

pub(crate) fn set_event(event: Option<EventInProgress>) {
    // The value before is dropped outside the borrow.
    let before = EVENT.try_with(|slot| slot.replace(event.map(Rc::new)));
    drop(before);
}

pub(crate) fn event() -> Option<Rc<EventInProgress>> {
    EVENT.try_with(|slot| slot.borrow().clone()).ok().flatten()
}

pub(crate) fn set_closing(span: Option<ClosingSpan>) {
    let before = CLOSING.try_with(|slot| slot.replace(span.map(Rc::new)));
    drop(before);
}

/// The closing span, if `span_id` is its id.
pub(crate) fn closing(span_id: SpanId) -> Option<Rc<ClosingSpan>> {
    let read = |slot: &RefCell<Option<Rc<ClosingSpan>>>| {
        let closing = slot.borrow();
        closing
            .as_ref()
            .filter(|span| span.span_id == span_id)
            .cloned()
    };
    CLOSING.try_with(read).ok().flatten()
}

/// Marks the span, and returns whether it was marked last: a second wrapped layer of the subscriber
/// sees the close of the same span.
pub(crate) fn mark_stamped(span_id: SpanId) -> bool {
    let before = STAMPED.try_with(|stamped| stamped.replace(span_id));
    before == Ok(span_id)
}

/// Calls `emit`, which emits a log record with that attribution.
pub(crate) fn with_log_of(attribution: &Attribution, emit: impl FnOnce()) {
    struct Clear;
    impl Drop for Clear {
        fn drop(&mut self) {
            let _ = LOG.try_with(RefCell::take);
        }
    }
    let _ = LOG.try_with(|slot| slot.replace(Some(attribution.clone())));
    let _clear = Clear;
    emit();
}

/// The attribution of the log record that this crate emits now.
pub(crate) fn log() -> Option<Attribution> {
    LOG.try_with(|slot| slot.borrow().clone()).ok().flatten()
}

#[inline]
pub(crate) fn set_in_callback(runs: bool) {
    let _ = IN_CALLBACK.try_with(|slot| slot.set(runs));
}

#[inline]
pub(crate) fn is_in_callback() -> bool {
    IN_CALLBACK.try_with(Cell::get).unwrap_or(false)
}

/// Calls `start`, which may start the span of `tracing`.
pub(crate) fn starting<R>(start: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            set_in_callback(self.0);
        }
    }
    let _restore = Restore(is_in_callback());
    set_in_callback(true);
    start()
}
