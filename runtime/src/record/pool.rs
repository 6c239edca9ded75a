//! Reuse of records that no sink kept.

use std::cell::Cell;
use std::sync::Arc;
use std::time::SystemTime;

use tracing::Metadata;

use crate::model::Attribution;
use crate::record::duration::Lasted;
use crate::record::record::Record;
use crate::record::span_context::SpanContext;
use crate::record::types::{RecordType, Status};
use crate::util::clock::system_time;
use crate::util::CallSite;

thread_local! {
    /// One record is enough, because events inside a delivery to sinks are not recorded.
    static SPARE: Cell<Option<Arc<Record>>> = const { Cell::new(None) };
}

/// The call site and the time of a record.
#[derive(Clone, Copy)]
pub(crate) struct Circumstances {
    pub(crate) record_type: RecordType,
    pub(crate) metadata: &'static Metadata<'static>,
    /// In nanoseconds since 1970.
    pub(crate) start: u64,
    pub(crate) place: SpanContext,
}

/// A record to [renew](renew), possibly still shared.
#[inline]
pub(crate) fn spare() -> Arc<Record> {
    let spare = SPARE.try_with(Cell::take).ok().flatten();
    spare.unwrap_or_else(|| Arc::new(blank()))
}

/// Resets the record to the given header and makes it exclusive. The caller must write the
/// attribution.
#[inline]
pub(crate) fn renew(record: &mut Arc<Record>, of: Circumstances) -> &mut Record {
    if is_kept(record) {
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

/// Whether another owner holds the record.
#[inline]
pub(crate) fn is_kept(record: &Arc<Record>) -> bool {
    Arc::strong_count(record) > 1
}

/// Releases the contents of a pooled record.
///
/// Small contents stay, because the next use overwrites them. The proof of exclusive access costs
/// more than that, so it is made only where there is memory to release.
#[inline]
pub(crate) fn put_aside(record: &mut Arc<Record>) {
    if !record.is_small() {
        if let Some(record) = Arc::get_mut(record) {
            record.clear();
            record.attribution = Attribution::default();
        }
    }
}

/// Keeps a record for reuse if no sink kept it.
pub(crate) fn give_back(mut record: Arc<Record>) {
    if !is_kept(&record) {
        put_aside(&mut record);
        let _ = SPARE.try_with(|spare| spare.set(Some(record)));
    }
}

impl Record {
    /// Clears all parts except the attribution and the header.
    #[inline]
    fn clear(&mut self) {
        self.kind = None;
        self.message = None;
        self.error = None;
        self.status = Status::Unset;
        self.duration = Lasted::not_yet();
        self.fields.clear();
        self.breadcrumbs.clear();
        self.linked = None;
        self.service = None;
    }

    /// Whether the record owns almost no memory.
    #[inline]
    fn is_small(&self) -> bool {
        self.message.is_none()
            && self.error.is_none()
            && self.fields.is_empty()
            && self.breadcrumbs.is_empty()
            && self.attribution.is_small()
    }
}
