//! The hooks and the policies for a line of a log, whose format does not know the subscriber.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use tracing::{dispatcher, Event};

use crate::layer::core::LayerCore;
use crate::layer::fields::FieldReader;
use crate::layer::line_hooks::NotedHooks;
use crate::layer::log_crate;
use crate::layer::lookup;
use crate::model::Attribution;
use crate::pipeline::{LogLine, Pipeline, Processors};
use crate::record::{Record, RecordHeader, RecordType, SpanContext};
use crate::stack::{self, Frames};
use crate::util::Moment;

thread_local! {
    /// The address of the event that this thread dispatches, and the layer that has seen the event.
    static SEEN: RefCell<(usize, Weak<LayerCore>)> = const { RefCell::new((0, Weak::new())) };
}

fn address(event: &Event<'_>) -> usize {
    std::ptr::from_ref(event).addr()
}

/// Notes that a layer has seen an event, before any layer formats the event.
pub(crate) fn note(event: &Event<'_>, core: &Arc<LayerCore>) {
    NotedHooks::forget();
    if Processors::is_any_guarded() || event.parent().is_some() {
        let _ = SEEN.try_with(|seen| {
            *seen.borrow_mut() = (address(event), Arc::downgrade(core));
        });
    }
}

/// The layer that has seen an event.
fn core_of(event: &Event<'_>) -> Option<Arc<LayerCore>> {
    dispatcher::get_default(lookup::core_of).or_else(|| {
        let seen = SEEN.try_with(|seen| {
            let (noted, core) = &*seen.borrow();
            (*noted == address(event)).then(|| core.upgrade()).flatten()
        });
        seen.ok().flatten()
    })
}

/// Calls `read` with the frames of an event: those of its explicit parent, where the parent is a
/// frame, or else the current frames.
pub(crate) fn with_frames_under<R>(event: &Event<'_>, read: impl Fn(Frames<'_>) -> R) -> R {
    let stack = event.parent().and_then(|parent| {
        let core = core_of(event)?;
        let stack = core.spans().with(parent.into_u64(), |open| open.frame());
        stack.flatten()
    });
    stack::with_frames_of(stack.as_ref(), read)
}

/// Applies the policies of the subscriber to the attribution of an event and to its line.
///
/// While a thread dispatches to a subscriber, that subscriber cannot be asked for; the layer has
/// noted the event then. Where a filter hides the event from the layer, the policies of all layers
/// apply: the line may show too little, and never too much.
pub(crate) fn protect_line(event: &Event<'_>, mut line: LogLine<'_>) {
    if !Processors::is_any_guarded() {
        return;
    }
    match core_of(event) {
        Some(core) => core.pipeline().processors().protect(&mut line),
        None => Pipeline::all()
            .iter()
            .for_each(|pipeline| pipeline.processors().protect(&mut line)),
    }
}

/// Removes from the attribution of a line what the hooks of the layer removed from the record of the
/// event.
///
/// Without a result of the hooks the event has no record, or the line is written before the record
/// is made. The hooks then run for a record that is made of the event, and of nothing else.
pub(crate) fn apply_hooks(
    event: &Event<'_>,
    noted: Option<NotedHooks>,
    attribution: &mut Attribution,
) {
    if let Some(noted) = noted {
        noted.kept.apply(attribution);
    } else if Processors::is_any_guarded() {
        let mut record = record_of(event, attribution);
        let kept: Vec<_> = match core_of(event) {
            Some(core) => vec![core.pipeline().clone()],
            None => Pipeline::all(),
        };
        let kept = kept
            .iter()
            .filter_map(|pipeline| pipeline.identity_after_hooks(&mut record));
        kept.for_each(|kept| kept.apply(attribution));
    }
}

/// The record of an event without its place in a trace.
fn record_of(event: &Event<'_>, attribution: &Attribution) -> Record {
    let metadata = event.metadata();
    let header = RecordHeader {
        record_type: RecordType::Event,
        metadata,
        start: Moment::now().unix_nanos(),
        place: SpanContext::default(),
    };
    let mut record = Record::of_header(header);
    let _ = FieldReader::read(&mut record, metadata, |fields| event.record(fields));
    log_crate::normalize(&mut record, metadata);
    record.attribution = attribution.clone();
    record
}
