//! What Sentry is told about on this thread at the moment: an event of `tracing`, or a record.

use std::cell::{Cell, RefCell};
use std::thread::LocalKey;

use tracing::{Event, Metadata};
use whose::{Attribution, CallSite};

/// The event or record that is on its way to Sentry, with its attribution.
struct InProgress {
    attribution: Attribution,
    /// The event of `tracing`; `None` for a record of a [`Sink`](crate::Sink).
    event: Option<&'static Metadata<'static>>,
    /// Whether a [`Sink`](crate::Sink) has already reported the event.
    is_reported: bool,
}

/// Deeper nesting comes only from entries that a panic left behind.
const CAPACITY: usize = 16;

thread_local! {
    static STACK: RefCell<Vec<InProgress>> = const { RefCell::new(Vec::new()) };
    /// The call site of the record that a sink reported last on this thread.
    static REPORTED: Cell<Option<CallSite>> = const { Cell::new(None) };
    /// The call site of the event that a layer of Sentry reported last on this thread, until the next
    /// event.
    static CAPTURED: Cell<Option<CallSite>> = const { Cell::new(None) };
}

fn take(cell: &'static LocalKey<Cell<Option<CallSite>>>) -> Option<CallSite> {
    cell.try_with(Cell::take).ok().flatten()
}

fn with_stack<R: Default>(f: impl FnOnce(&mut Vec<InProgress>) -> R) -> R {
    let result = STACK.try_with(|stack| stack.try_borrow_mut().map(|mut stack| f(&mut stack)));
    result.ok().and_then(Result::ok).unwrap_or_default()
}

fn push(entry: InProgress) {
    with_stack(|stack| {
        if stack.len() >= CAPACITY {
            stack.clear();
        }
        stack.push(entry);
    });
}

/// Notes an event that the layers of Sentry are about to see.
pub(crate) fn begin_event(event: &Event<'_>, attribution: Attribution) {
    take(&CAPTURED);
    let event = event.metadata();
    push(InProgress {
        attribution,
        event: Some(event),
        is_reported: take_reported(event),
    });
}

/// Removes the event again, after the layers of Sentry saw it.
pub(crate) fn end_event() {
    with_stack(|stack| drop(stack.pop()));
}

/// Reports a record to Sentry with `report`.
pub(crate) fn with_record(
    attribution: &Attribution,
    call_site: Option<CallSite>,
    report: impl FnOnce(),
) {
    struct Pop;
    impl Drop for Pop {
        fn drop(&mut self) {
            end_event();
        }
    }
    push(InProgress {
        attribution: attribution.clone(),
        event: None,
        is_reported: false,
    });
    let pop = Pop;
    report();
    drop(pop);
    let _ = REPORTED.try_with(|reported| reported.set(call_site));
}

/// Whether a sink has just reported the record of that event: a layer of `whose` that was added
/// before this one has seen the event first.
fn take_reported(event: &'static Metadata<'static>) -> bool {
    take(&REPORTED).is_some_and(|site| Some(site) == call_site_of(event))
}

/// Whether a layer of Sentry has just reported the event of that record: the layer was added before
/// the layer of `whose`.
pub(crate) fn take_captured(record: Option<CallSite>) -> bool {
    record.is_some() && take(&CAPTURED) == record
}

/// Notes that the event in progress, if that is one of `tracing`, is sent to Sentry.
pub(crate) fn mark_captured() {
    let site = with_stack(|stack| call_site_of(stack.last()?.event?));
    if site.is_some() {
        let _ = CAPTURED.try_with(|captured| captured.set(site));
    }
}

fn call_site_of(event: &'static Metadata<'static>) -> Option<CallSite> {
    let (file, line) = event.file().zip(event.line())?;
    Some(CallSite { file, line })
}

/// The part of Sentry that asks about what is in progress.
#[derive(Clone, Copy)]
pub(crate) enum Seen<'a> {
    /// An event with this logger, which the layers of `sentry-tracing` set to the target.
    Event { logger: Option<&'a str> },
    /// A breadcrumb with this category, which the layers of `sentry-tracing` set to the target.
    Breadcrumb { category: Option<&'a str> },
    /// A structured log that `sentry-tracing` made, or that it did not make.
    Log { is_of_tracing: bool },
}

impl Seen<'_> {
    /// Whether `sentry-tracing` made the value from that event.
    ///
    /// A panic of the code below the layers leaves an entry behind. The comparison keeps such an
    /// entry away from an event that the application captures itself.
    fn is_from(self, entry: &InProgress) -> bool {
        let Some(event) = entry.event else {
            return matches!(self, Seen::Event { .. });
        };
        match self {
            Seen::Event { logger: target } | Seen::Breadcrumb { category: target } => {
                target == Some(event.target())
            }
            Seen::Log { is_of_tracing } => is_of_tracing,
        }
    }
}

/// The attribution of what is in progress, and whether a sink has already reported it.
pub(crate) fn attribution_of(seen: Seen<'_>) -> Option<(Attribution, bool)> {
    with_stack(|stack| {
        let entry = stack.last().filter(|entry| seen.is_from(entry))?;
        Some((entry.attribution.clone(), entry.is_reported))
    })
}
