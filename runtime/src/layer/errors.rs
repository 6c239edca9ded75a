//! Log lines that tell of an error.

use std::sync::Arc;

use tracing::{Dispatch, Id, Level};
use tracing_subscriber::registry::{LookupSpan, SpanRef};
use tracing_subscriber::Registry;

use super::failures::{here_in, was_told, Failure};
use super::{stack_of, with_frames_under};
use crate::attribution::Attribution;
use crate::capture::{backtrace_text, fingerprint_of, Backtraces};
use crate::frame::Says;
use crate::record::{ErrorDetails, Record, RecordType, Status};
use crate::resolve;
use crate::stack::Stack;
use crate::testing::Tap;

/// Makes the record of an event that tells of an error one of an error, as if it were captured:
/// an event at level ERROR with a field that is an error, or the text of one, named `error` or
/// `err`. It stays an event where a span inside has told of that error already.
///
/// The text of the log line stays as the field `message`.
pub(super) fn promote<'a, S: LookupSpan<'a> + 'a>(
    record: &mut Record,
    span: impl Fn() -> Option<SpanRef<'a, S>>,
    backtraces: &Backtraces,
) {
    if record.level != Level::ERROR {
        return;
    }
    let Some(message) = text_of_error(record) else {
        return;
    };
    let mut details = record
        .error
        .take()
        .map_or_else(ErrorDetails::default, |it| *it);
    let failure = Failure::new(&message, &details, &record.attribution);
    if was_told(span(), failure) {
        record.error = Some(details.into());
        return;
    }
    details.path = span().map(here_in).unwrap_or_default().path;
    details.backtrace = backtraces.take().as_ref().map(backtrace_text);
    details.fingerprint = Some(fingerprint_of(&message, &details));
    if let Some(line) = record.message.replace(message) {
        record.fields.push(("message", String::from(line).into()));
    }
    record.error = Some(details.into());
    record.record_type = RecordType::Error;
    record.status = Status::Error;
}

fn text_of_error(record: &Record) -> Option<Box<str>> {
    let told = record.error.as_ref().and_then(|error| error.field);
    told.into_iter()
        .chain(["error", "err"])
        .find_map(|name| record.field(name)?.as_str())
        .map(Into::into)
}

/// The stack that a span keeps, where it is a frame.
pub(crate) fn stack_in(dispatch: &Dispatch, id: &Id) -> Option<Stack> {
    let registry = dispatch.downcast_ref::<Registry>();
    stack_of(registry.and_then(|registry| registry.span(id)))
}

/// Whose a record is that belongs to a span, wherever it is made.
pub(crate) fn resolved_in(
    dispatch: &Dispatch,
    id: &Id,
    explicit: &Says,
) -> (Attribution, Vec<Arc<Tap>>) {
    let registry = dispatch.downcast_ref::<Registry>();
    let span = || registry.and_then(|registry| registry.span(id));
    with_frames_under(span(), |frames| {
        (
            resolve::resolve(Some(explicit), frames.clone()),
            Tap::all_on(frames),
        )
    })
}
