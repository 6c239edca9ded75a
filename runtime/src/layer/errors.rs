//! Log lines that report an error.

use tracing::{Dispatch, Id, Level};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::Registry;

use crate::error::backtrace::backtrace_text;
use crate::error::{fingerprint_of, Backtraces};
use crate::frame::{RecordObserver, ScopeData};
use crate::layer::core::LayerCore;
use crate::layer::failures::Failure;
use crate::layer::links;
use crate::layer::span_table::SpanTable;
use crate::model::{Attribution, Value};
use crate::names::exception;
use crate::record::{ErrorDetails, Record, RecordType, Status};
use crate::stack::Stack;
use crate::{resolve, stack};

/// Turns the record of an event that reports an error into an error record, as if the error were
/// captured. Such an event has level ERROR and a field that is an error, or a text field of
/// [`REPORTING`](exception::REPORTING). The record stays an event where an inner span has already
/// reported that error.
///
/// The text of the log line becomes the field `message`.
pub(crate) fn promote(
    record: &mut Record,
    spans: &SpanTable,
    around: Option<u64>,
    backtraces: &Backtraces,
) {
    if record.level != Level::ERROR {
        return;
    }
    let Some((field, message)) = text_of_error(record) else {
        return;
    };
    let mut details = record
        .error
        .take()
        .map_or_else(ErrorDetails::default, |it| *it);
    details.field = Some(field);
    if details.error_type.is_none() {
        let named = record.field(exception::TYPE.name).and_then(Value::as_str);
        details.error_type = named.map(Into::into);
    }
    let failure = Failure::new(&message, &details, &record.attribution);
    if spans.was_reported(around, failure) {
        record.error = Some(details.into());
        return;
    }
    details.path = spans.error_location(around).path;
    details.backtrace = backtraces.take().as_ref().map(backtrace_text);
    details.fingerprint = Some(fingerprint_of(&message, &details));
    if let Some(line) = record.message.get() {
        record.fields.push(("message", line.into()));
    }
    record.message = message.into();
    record.error = Some(details.into());
    record.record_type = RecordType::Error;
    record.status = Status::Error;
}

/// Adds the feature flags of the error with `stack`, or with the current stack where `stack` is `None`.
pub(crate) fn add_flags(record: &mut Record, stack: Option<&Stack>) {
    if let Some(error) = &mut record.error {
        error.flags = resolve::flags_at(stack);
    }
}

/// The field that reports an error, and its text.
fn text_of_error(record: &Record) -> Option<(&'static str, Box<str>)> {
    let told = record.error.as_ref().and_then(|error| error.field);
    told.into_iter()
        .chain(exception::REPORTING)
        .find_map(|name| Some((name, record.field(name)?.as_str()?.into())))
}

/// The nearest span that a layer of the dispatcher knows, from that span outwards.
pub(crate) fn nearest(dispatch: &Dispatch, core: &LayerCore, id: Option<&Id>) -> Option<u64> {
    let id = id?;
    let find = || dispatch.downcast_ref::<Registry>()?.span(id);
    let nearest = core.spans().nearest(id, find, |_| ())?;
    // The caller uses the ids of the span.
    core.adopt_trace_context(&Id::from_u64(nearest));
    Some(nearest)
}

/// Marks an open span as failed. Returns whether the error was already recorded inside the span.
pub(crate) fn fail(
    dispatch: &Dispatch,
    core: &LayerCore,
    id: &Id,
    message: &str,
    failure: Failure,
) -> bool {
    let spans = core.spans();
    let was_told = spans.fail(id.into_u64(), message, &failure);
    // A span that a filter hides from the layer also passes the failure to the span around it.
    let parent = match spans.with(id.into_u64(), |open| open.parent) {
        Some(parent) => parent,
        None => nearest(dispatch, core, Some(id)),
    };
    spans.child_failed(parent, failure);
    was_told
}

/// Resolves the attribution of a record that belongs to a span, wherever the record is made.
pub(crate) fn resolved_in(
    core: &LayerCore,
    id: &Id,
    explicit: &ScopeData,
) -> (Attribution, Vec<RecordObserver>) {
    stack::with_frames_of(core.stack_of(Some(id)).as_ref(), |frames| {
        let attribution = resolve::resolve(Some(explicit), frames.clone());
        links::note_record(&attribution, frames.clone());
        (attribution, frames.observers())
    })
}
