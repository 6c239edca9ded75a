//! For tests: what was recorded, and a global layer of one's own.
//!
//! Here, and nowhere else in the crate, a mistake panics.
//!
//! ```
//! # fn handle() { tracing::info_span!("plan").in_scope(|| ()) }
//! let rec = whose::testing::Recorder::start();
//! whose::user("alice").in_scope(handle);
//! assert_eq!(rec.span("plan").user_id(), Some("alice"));
//! ```

use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::{dispatcher, Dispatch};
use tracing_subscriber::layer::SubscriberExt;

use crate::frame::{Frame, GlobalLayer};
use crate::layer;
use crate::pipeline::Core;
use crate::record::{Record, RecordSink, RecordType};
use crate::scope::{Guard, Scope};
use crate::stack::Frames;

/// Keeps what is recorded inside the scope that it hangs on.
#[derive(Debug, Default)]
pub(crate) struct Tap {
    records: Mutex<Vec<Arc<Record>>>,
}

/// How many recorders hang on scopes: with none, nobody has to look for one.
static TAPS: AtomicUsize = AtomicUsize::new(0);
/// How many recorders there are.
pub(crate) static RECORDERS: AtomicUsize = AtomicUsize::new(0);

impl Tap {
    /// The taps at a place.
    #[inline]
    pub(crate) fn all_on(frames: Frames<'_>) -> Vec<Arc<Self>> {
        match TAPS.load(Ordering::Relaxed) {
            0 => Vec::new(),
            _ => Self::found_on(frames),
        }
    }

    #[cold]
    fn found_on(frames: Frames<'_>) -> Vec<Arc<Self>> {
        let mut taps: Vec<Arc<Self>> = Vec::new();
        for frame in frames {
            if let Frame::Isolated(isolated) = frame {
                let new = isolated
                    .tap
                    .as_ref()
                    .filter(|tap| !taps.iter().any(|it| Arc::ptr_eq(it, tap)));
                taps.extend(new.cloned());
            }
        }
        taps
    }

    fn clear(&self) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.clear();
    }
}

impl RecordSink for Tap {
    fn name(&self) -> &str {
        "recorder"
    }

    fn record(&self, record: &Arc<Record>) {
        self.records
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(record.clone());
    }
}

/// Keeps the records of a test.
///
/// Where the process has no subscriber yet, it installs one with [`crate::layer`].
#[derive(Debug)]
#[must_use = "records are kept as long as the recorder lives: bind it to a name"]
pub struct Recorder {
    pub(crate) tap: Arc<Tap>,
    attached: Option<(Arc<Core>, Arc<dyn RecordSink>)>,
    /// The isolated scope of this test.
    _scope: Option<Guard>,
}

impl std::fmt::Debug for dyn RecordSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordSink")
    }
}

impl Recorder {
    /// Opens an isolated scope on this thread, and keeps what is recorded by whatever carries it:
    /// also spawned tasks and threads that take it along.
    ///
    /// # Panics
    /// If a subscriber is set that has no layer of ours; the message says the line to add.
    #[track_caller]
    pub fn start() -> Self {
        current_core();
        TAPS.fetch_add(1, Ordering::Relaxed);
        RECORDERS.fetch_add(1, Ordering::Relaxed);
        let tap = Arc::<Tap>::default();
        let scope = Scope::isolated_at(Some(tap.clone()), Location::caller()).enter_at(None);
        Self {
            tap,
            attached: None,
            _scope: Some(scope),
        }
    }

    /// Keeps every record of the process; for a test that is alone in its process.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn global() -> Self {
        let tap = Arc::<Tap>::default();
        let sink: Arc<dyn RecordSink> = tap.clone();
        let core = current_core();
        core.add_sink(sink.clone());
        RECORDERS.fetch_add(1, Ordering::Relaxed);
        Self {
            tap,
            attached: Some((core, sink)),
            _scope: None,
        }
    }

    /// Everything that was recorded until now, in the order in which it was finished.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let records = self
            .tap
            .records
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        records.iter().map(|record| Record::clone(record)).collect()
    }

    /// The spans that were closed until now.
    #[must_use]
    pub fn spans(&self) -> Vec<Record> {
        self.of_type(RecordType::Span)
    }

    /// The events until now.
    #[must_use]
    pub fn events(&self) -> Vec<Record> {
        self.of_type(RecordType::Event)
    }

    /// The errors that were captured until now.
    #[must_use]
    pub fn errors(&self) -> Vec<Record> {
        self.of_type(RecordType::Error)
    }

    /// The first closed span of that name.
    ///
    /// # Panics
    /// If there is none; the message names the spans there are.
    #[must_use]
    #[track_caller]
    pub fn span(&self, name: &str) -> Record {
        let spans = self.spans();
        match spans.iter().find(|span| span.name() == name) {
            Some(span) => span.clone(),
            None => {
                let names: Vec<_> = spans.iter().map(Record::name).collect();
                panic!("no span `{name}` was closed; the spans there are: {names:?}")
            }
        }
    }

    fn of_type(&self, record_type: RecordType) -> Vec<Record> {
        let mut records = self.records();
        records.retain(|record| record.record_type() == record_type);
        records
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        RECORDERS.fetch_sub(1, Ordering::Relaxed);
        match self.attached.take() {
            Some((core, sink)) => {
                core.remove_sink(&sink);
                // The layer keeps the sink, but nobody asks it again.
                self.tap.clear();
            }
            None => {
                TAPS.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

/// The layer that is current, which is installed where there is no subscriber.
#[track_caller]
fn current_core() -> Arc<Core> {
    let current = || dispatcher::get_default(layer::core_of);
    if let Some(core) = current() {
        return core;
    }
    let ours = tracing_subscriber::registry().with(layer::layer());
    let installed = dispatcher::set_global_default(Dispatch::new(ours));
    match current() {
        Some(core) => core,
        None if installed.is_ok() => panic!(
            "the subscriber that is current on this thread has no layer of whose: add \
             `.with(whose::layer())` to it, before any other layer"
        ),
        None => panic!(
            "a subscriber is set that has no layer of whose: add `.with(whose::layer())` to it, \
             before any other layer"
        ),
    }
}

/// Gives this test a global layer of its own, for whatever carries the scope of the guard.
///
/// ```
/// let _global = whose::testing::isolate_global();
/// whose::global().set_user("admin");
/// assert_eq!(whose::current().user_id(), Some("admin")); // here, and in no other test
/// ```
pub fn isolate_global() -> Guard {
    Scope::of(Frame::Global(GlobalLayer::stand_in())).enter_at(None)
}
