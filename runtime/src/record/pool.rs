//! Reuse of records that no sink kept.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tracing::Metadata;

use crate::model::Attribution;
use crate::record::duration::DurationCell;
use crate::record::message::Message;
use crate::record::record::Record;
use crate::record::span_context::SpanContext;
use crate::record::types::{RecordType, Status};
use crate::util::clock::system_time;
use crate::util::CallSite;

/// The most records that a thread keeps, and that it takes from the shared pool at once.
const THREAD_CAPACITY: usize = 64;
/// The most records in the shared pool: about one batch of a sink that writes on its own thread.
const SHARED_CAPACITY: usize = 8_192;
/// The most fields that a pooled record keeps memory for.
const FIELD_CAPACITY: usize = 32;
/// The most fields, and the longest text in bytes, that a record takes into the pool of the thread.
const SMALL_FIELDS: usize = 8;
const SMALL_TEXT: usize = 256;

thread_local! {
    /// Borrowed while it changes. An allocator that emits events comes here again, and finds no pool.
    static POOL: RefCell<Vec<Arc<Record>>> = const { RefCell::new(Vec::new()) };
}

/// The records that sinks have returned; see [`Record::recycle`].
static SHARED: Mutex<Vec<Arc<Record>>> = Mutex::new(Vec::new());
/// Whether the shared pool has records, so that a thread without any takes no lock for nothing.
static HAS_SHARED: AtomicBool = AtomicBool::new(false);

/// The call site and the time of a record.
#[derive(Clone, Copy)]
pub(crate) struct RecordHeader {
    pub(crate) record_type: RecordType,
    pub(crate) metadata: &'static Metadata<'static>,
    /// In nanoseconds since 1970.
    pub(crate) start: u64,
    pub(crate) place: SpanContext,
}

/// A record of the pool, or a new one, to be [reset](reset); a sink may still hold it.
#[inline]
pub(crate) fn pooled() -> Arc<Record> {
    let pooled = POOL.try_with(|pool| {
        let mut records = pool.try_borrow_mut().ok()?;
        records.pop().or_else(|| refill(&mut records))
    });
    pooled.ok().flatten().unwrap_or_else(|| Arc::new(blank()))
}

/// Moves records from the shared pool to the thread's, and takes one. A pool that another thread
/// has locked counts as empty: a new record costs less than to wait.
fn refill(pool: &mut Vec<Arc<Record>>) -> Option<Arc<Record>> {
    if !HAS_SHARED.load(Relaxed) {
        return None;
    }
    let mut shared = SHARED.try_lock().ok()?;
    let kept = shared.len().saturating_sub(THREAD_CAPACITY);
    pool.extend(shared.drain(kept..));
    HAS_SHARED.store(kept > 0, Relaxed);
    pool.pop()
}

/// Resets the record to the given header and makes it exclusive. The caller must write the
/// attribution.
#[inline]
pub(crate) fn reset(record: &mut Arc<Record>, of: RecordHeader) -> &mut Record {
    let record = emptied(record);
    record.set_header(of);
    record
}

/// Empties the record and makes it exclusive. The attribution and the header stay.
#[inline]
pub(crate) fn emptied(record: &mut Arc<Record>) -> &mut Record {
    if is_shared(record) {
        *record = pooled();
    }
    let record = Arc::make_mut(record);
    record.clear();
    record
}

/// Calls `f` with a record of the pool that has no fields, no message and no error.
pub(crate) fn with_scratch<R>(f: impl FnOnce(&mut Record) -> R) -> R {
    let mut scratch = pooled();
    let result = f(emptied(&mut scratch));
    release(scratch);
    result
}

impl Record {
    #[inline]
    pub(crate) fn set_header(&mut self, of: RecordHeader) {
        self.record_type = of.record_type;
        self.start = system_time(of.start);
        self.set_place(of.place);
        self.set_call_site(of.metadata);
    }

    /// Sets what a call site of `tracing` names.
    #[inline]
    pub(crate) fn set_call_site(&mut self, metadata: &'static Metadata<'static>) {
        self.name = metadata.name();
        self.target = metadata.target();
        self.level = *metadata.level();
        let file = metadata.file().zip(metadata.line());
        self.call_site = file.map(|(file, line)| CallSite { file, line });
    }

    /// Sets the span around the record.
    #[inline]
    pub(crate) fn set_place(&mut self, place: SpanContext) {
        self.trace_id = place.trace_id;
        self.span_id = place.span_id;
        self.parent_id = place.span_id;
    }

    /// A record with a header, and no other part.
    #[cfg(feature = "fmt")]
    pub(crate) fn of_header(of: RecordHeader) -> Self {
        let mut record = blank();
        record.set_header(of);
        record
    }
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
pub(crate) fn is_shared(record: &Arc<Record>) -> bool {
    Arc::strong_count(record) > 1
}

/// Releases the contents of a pooled record.
///
/// Small contents stay, because the next use drops or overwrites them. The proof of exclusive access
/// costs more than that, so it is made only where there is much memory to release.
#[inline]
pub(crate) fn clear(record: &mut Arc<Record>) {
    if !record.is_small() {
        if let Some(record) = Arc::get_mut(record) {
            record.clear();
            record.attribution = Attribution::default();
            record.shrink();
        }
    }
}

/// Returns a record to the pool of the thread, unless a sink keeps the record.
pub(crate) fn release(mut record: Arc<Record>) {
    if !is_shared(&record) {
        clear(&mut record);
        let _ = POOL.try_with(|pool| {
            if let Ok(mut records) = pool.try_borrow_mut() {
                if records.len() < THREAD_CAPACITY {
                    records.push(record);
                }
            }
        });
    }
}

impl Record {
    /// Returns records to the crate, which reuses their memory for later records.
    ///
    /// Call this function in a sink that keeps records past [`RecordSink::record`], such as a sink
    /// that writes on a thread of its own, when the sink no longer needs them. Without the call,
    /// every record of that sink is a new allocation. Records that something else still holds are
    /// dropped as usual.
    ///
    /// ```
    /// # let rec = whose::testing::Recorder::start();
    /// use std::sync::Arc;
    /// use whose::Record;
    ///
    /// fn write_batch(batch: &mut Vec<Arc<Record>>) {
    ///     for record in batch.iter() {
    ///         println!("{}", record.name());
    ///     }
    ///     Record::recycle(batch.drain(..));
    /// }
    /// # write_batch(&mut Vec::new());
    /// ```
    ///
    /// [`RecordSink::record`]: crate::RecordSink::record
    pub fn recycle(records: impl IntoIterator<Item = Arc<Self>>) {
        let reusable = records.into_iter().filter_map(|mut record| {
            let inner = Arc::get_mut(&mut record)?;
            inner.clear();
            inner.attribution = Attribution::default();
            // Only a copy of a sampler has another weight, and sinks alone return copies.
            inner.weight = 1.0;
            inner.shrink();
            Some(record)
        });
        // The application's iterator runs before the lock is taken.
        let reusable: Vec<_> = reusable.take(SHARED_CAPACITY).collect();
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let room = SHARED_CAPACITY - shared.len();
        shared.extend(reusable.into_iter().take(room));
        HAS_SHARED.store(!shared.is_empty(), Relaxed);
    }
}

impl Record {
    /// Clears all parts except the attribution and the header.
    #[inline]
    fn clear(&mut self) {
        self.kind = None;
        self.message.clear();
        self.error = None;
        self.status = Status::Unset;
        self.duration = DurationCell::not_yet();
        self.fields.clear();
        self.breadcrumbs.clear();
        self.linked = None;
        self.service = None;
        self.usage_inside.clear();
        self.received = None;
    }

    /// Frees the memory of long texts and many fields.
    fn shrink(&mut self) {
        if self.message.capacity() > SMALL_TEXT {
            self.message = Message::default();
        }
        if self.fields.capacity() > FIELD_CAPACITY {
            self.fields = Vec::new();
        }
    }

    /// Whether the record owns little memory.
    #[inline]
    fn is_small(&self) -> bool {
        let is_small = |text: &str| text.len() <= SMALL_TEXT;
        let mut texts = self.fields.iter().filter_map(|(_, value)| value.as_str());
        self.message.capacity() <= SMALL_TEXT
            && self.error.is_none()
            && self.fields.len() <= SMALL_FIELDS
            && self.fields.capacity() <= FIELD_CAPACITY
            && texts.all(is_small)
            && self.breadcrumbs.is_empty()
            && self.attribution.has_only_ids()
    }
}
