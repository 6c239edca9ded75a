//! Records that nobody kept, to be filled again.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::SystemTime;

use tracing::Metadata;

use super::{Record, RecordType};
use crate::attribution::Attribution;
use crate::layer::Place;

/// How many a thread keeps: as many spans as are usually open inside each other.
const MOST: usize = 32;

thread_local! {
    static SPARE: RefCell<Vec<Arc<Record>>> = const { RefCell::new(Vec::new()) };
}

/// A record that `fill` fills, of which only the circumstances are known before; nobody else has it.
#[inline]
pub(crate) fn filled<R>(
    record_type: RecordType,
    metadata: &'static Metadata<'static>,
    start: SystemTime,
    place: Place,
    fill: impl FnOnce(&mut Record) -> R,
) -> (Arc<Record>, R) {
    let spare = SPARE.try_with(|spare| spare.borrow_mut().pop());
    let mut record = spare
        .ok()
        .flatten()
        .unwrap_or_else(|| Arc::new(Record::empty(record_type, start, place)));
    let blank = Arc::make_mut(&mut record);
    blank.record_type = record_type;
    blank.start = start;
    blank.trace_id = place.trace_id;
    blank.span_id = place.span_id;
    blank.parent_id = place.span_id;
    blank.name = metadata.name();
    blank.target = metadata.target();
    blank.level = *metadata.level();
    blank.call_site = metadata
        .file()
        .zip(metadata.line())
        .map(|(file, line)| crate::CallSite { file, line });
    let filled = fill(blank);
    (record, filled)
}

/// Keeps a record that no sink has kept, without anything that it said.
pub(crate) fn give_back(mut record: Arc<Record>) {
    let Some(said) = Arc::get_mut(&mut record) else {
        return;
    };
    said.kind = None;
    said.message = None;
    said.error = None;
    said.status = super::Status::Unset;
    said.duration = None;
    said.attribution = Attribution::default();
    said.fields.clear();
    said.breadcrumbs.clear();
    said.service = None;
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < MOST {
            spare.push(record);
        }
    });
}
