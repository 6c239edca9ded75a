//! Records that no sink has kept, to be filled again.

use std::cell::Cell;
use std::sync::Arc;
use std::time::SystemTime;

use tracing::Metadata;

use crate::model::Attribution;
use crate::record::duration::DurationCell;
use crate::record::record::Record;
use crate::record::span_context::SpanContext;
use crate::record::types::{RecordType, Status};
use crate::util::clock::system_time;
use crate::util::CallSite;

thread_local! {
    /// One is enough: what happens while an event is handed to sinks is not recorded.
    static SPARE: Cell<Option<Arc<Record>>> = const { Cell::new(None) };
}

/// Where and when something happens.
#[derive(Clone, Copy)]
pub(crate) struct RecordHeader {
    pub(crate) record_type: RecordType,
    pub(crate) metadata: &'static Metadata<'static>,
    /// In nanoseconds since 1970.
    pub(crate) start: u64,
    pub(crate) place: SpanContext,
}

/// A record to be [renewed](renew), which nobody may have looked at yet.
#[inline]
pub(crate) fn pooled() -> Arc<Record> {
    let spare = SPARE.try_with(Cell::take).ok().flatten();
    spare.unwrap_or_else(|| Arc::new(blank()))
}

/// Makes a record one of which only the circumstances are known, and nobody else has. Whose it is
/// is not known yet, and has to be written.
#[inline]
pub(crate) fn reset(record: &mut Arc<Record>, of: RecordHeader) -> &mut Record {
    if is_shared(record) {
        *record = Arc::new(blank());
    }
    let record = Arc::make_mut(record);
    record.clear();
    record.record_type = of.record_type;
    record.start = system_time(of.start);
    record.trace_id = of.place.trace_id;
    record.span_id = of.place.span_id;
    record.parent_id = of.place.span_id;
    record.name = of.metadata.name();
    record.target = of.metadata.target();
    record.level = *of.metadata.level();
    record.call_site = of
        .metadata
        .file()
        .zip(of.metadata.line())
        .map(|(file, line)| CallSite { file, line });
    record
}

fn blank() -> Record {
    Record::empty(
        RecordType::Span,
        SystemTime::UNIX_EPOCH,
        SpanContext::default(),
    )
}

/// Whether somebody else has it.
#[inline]
pub(crate) fn is_shared(record: &Arc<Record>) -> bool {
    Arc::strong_count(record) > 1
}

/// Lets go of what was said in a record that is put aside.
///
/// What is small is written over when the record is used again. To make sure that nobody else has it
/// costs more than that, and is done where there is memory to give back.
#[inline]
pub(crate) fn clear(record: &mut Arc<Record>) {
    if !record.is_small() {
        if let Some(record) = Arc::get_mut(record) {
            record.clear();
            record.attribution = Attribution::default();
        }
    }
}

/// Keeps a record that no sink has kept.
pub(crate) fn release(mut record: Arc<Record>) {
    if !is_shared(&record) {
        clear(&mut record);
        let _ = SPARE.try_with(|spare| spare.set(Some(record)));
    }
}

impl Record {
    /// Forgets what was said, but for whose it was and for the circumstances.
    #[inline]
    fn clear(&mut self) {
        self.kind = None;
        self.message = None;
        self.error = None;
        self.status = Status::Unset;
        self.duration = DurationCell::not_yet();
        self.fields.clear();
        self.breadcrumbs.clear();
        self.linked = None;
        self.service = None;
    }

    /// Whether it has hardly any memory of its own.
    #[inline]
    fn is_small(&self) -> bool {
        self.message.is_none()
            && self.error.is_none()
            && self.fields.is_empty()
            && self.breadcrumbs.is_empty()
            && self.attribution.is_small()
    }
}
