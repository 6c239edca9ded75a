//! [`Recorder`], and a global layer for one test.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::{dispatcher, Dispatch};
use tracing_subscriber::layer::SubscriberExt;

use crate::frame::{Frame, GlobalLayer, RecordObserver};
use crate::layer::{self, LayerCore};
use crate::pipeline::strict;
use crate::record::{Record, RecordSink, RecordType};
use crate::scope::{Guard, Scope};

/// The records of a recorder, in the order of their ends.
#[derive(Debug, Default)]
struct RecordBuffer {
    records: Mutex<Vec<Arc<Record>>>,
}

impl RecordBuffer {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Record>>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RecordSink for RecordBuffer {
    fn name(&self) -> &str {
        "recorder"
    }

    fn record(&self, record: &Arc<Record>) {
        self.lock().push(record.clone());
    }
}

/// Where a recorder gets its records from.
enum RecordSource {
    /// The isolated scope of the test.
    Scope { _guard: Guard },
    /// Every record of the process.
    Process(Arc<LayerCore>),
}

/// Keeps the records of a test.
///
/// Where the process has no subscriber yet, it installs one with [`crate::layer`].
#[derive(Debug)]
#[must_use = "records are kept as long as the recorder lives: bind it to a name"]
pub struct Recorder {
    buffer: Arc<RecordBuffer>,
    source: RecordSource,
}

impl fmt::Debug for RecordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scope { .. } => "Scope",
            Self::Process(_) => "Process",
        })
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
        RecordObserver::add();
        strict::add_recorder();
        let buffer = Arc::<RecordBuffer>::default();
        let observer = RecordObserver::new(buffer.clone());
        let guard = Scope::isolated_at(Some(observer), Location::caller()).enter_at(None);
        Self {
            buffer,
            source: RecordSource::Scope { _guard: guard },
        }
    }

    /// The observer that fills this recorder.
    pub(crate) fn observer(&self) -> RecordObserver {
        RecordObserver::new(self.buffer.clone())
    }

    /// Keeps every record of the process; for a test that is alone in its process.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn global() -> Self {
        let buffer = Arc::<RecordBuffer>::default();
        let core = current_core();
        core.pipeline().add_sink(buffer.clone());
        strict::add_recorder();
        Self {
            buffer,
            source: RecordSource::Process(core),
        }
    }

    /// Everything that was recorded until now, in the order in which it was finished.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let records = self.buffer.lock();
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
        strict::remove_recorder();
        match &self.source {
            RecordSource::Process(core) => {
                let sink: Arc<dyn RecordSink> = self.buffer.clone();
                core.pipeline().remove_sink(&sink);
                // The pipeline keeps the memory of a removed sink.
                self.buffer.lock().clear();
            }
            RecordSource::Scope { .. } => RecordObserver::remove(),
        }
    }
}

/// The layer that is current, which is installed where there is no subscriber.
#[track_caller]
fn current_core() -> Arc<LayerCore> {
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
    Scope::of(Frame::Global(GlobalLayer::test_override())).enter_at(None)
}
