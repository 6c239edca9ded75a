//! [`Recorder`], and separate global values for one test.

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
use crate::stack;
use crate::testing::coverage::Coverage;

/// The records of a recorder, in the order in which they were finished.
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

/// The buffers of the recorders of the process, oldest first.
static BUFFERS: Mutex<Vec<Arc<RecordBuffer>>> = Mutex::new(Vec::new());

fn buffers() -> MutexGuard<'static, Vec<Arc<RecordBuffer>>> {
    BUFFERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The origin of the records.
enum RecordSource {
    /// The isolated scope of the test.
    Scope { _guard: Guard },
    /// All records of the process.
    Process(Arc<LayerCore>),
}

/// Collects the records of a test.
///
/// A recorder installs a subscriber with [`crate::layer`] if the process has none. Bind the
/// recorder to a name: `let _ = Recorder::start()` drops it at once.
///
/// ```
/// let records = whose::testing::Recorder::start();
/// whose::user("alice").in_scope(|| tracing::info!("hello"));
/// assert_eq!(records.events()[0].user_id(), Some("alice"));
/// ```
#[derive(Debug)]
#[must_use = "the recorder stops when it is dropped: bind it to a name, such as `let records = ..`"]
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
    /// Opens an isolated scope on this thread, and collects every record in the scope, also of
    /// tasks and threads that carry the scope.
    ///
    /// # Panics
    /// Panics if the current subscriber has no layer of `whose`. The message contains the line to
    /// add.
    #[track_caller]
    pub fn start() -> Self {
        current_core();
        RecordObserver::add();
        strict::add_recorder();
        let buffer = Arc::<RecordBuffer>::default();
        let observer = RecordObserver::new(buffer.clone());
        let guard = Scope::isolated_at(Some(observer), Location::caller()).enter_at(None);
        buffers().push(buffer.clone());
        Self {
            buffer,
            source: RecordSource::Scope { _guard: guard },
        }
    }

    /// The observer that fills this recorder.
    pub(crate) fn observer(&self) -> RecordObserver {
        RecordObserver::new(self.buffer.clone())
    }

    /// Collects every record of the process. For a test that is alone in its process.
    ///
    /// Start the recorder before the first span: without a sink, the layer keeps neither the fields nor
    /// the parent of a span.
    ///
    /// # Panics
    /// Panics if the current subscriber has no layer of `whose`, as [`start`](Self::start) does.
    pub fn global() -> Self {
        let buffer = Arc::<RecordBuffer>::default();
        let core = current_core();
        core.pipeline().add_sink(buffer.clone());
        strict::add_recorder();
        buffers().push(buffer.clone());
        Self {
            buffer,
            source: RecordSource::Process(core),
        }
    }

    /// All records so far, in the order in which they were finished.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let records = self.buffer.lock();
        records.iter().map(|record| Record::clone(record)).collect()
    }

    /// The spans that were closed so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Record> {
        self.of_type(RecordType::Span)
    }

    /// The events so far.
    #[must_use]
    pub fn events(&self) -> Vec<Record> {
        self.of_type(RecordType::Event)
    }

    /// The errors so far.
    #[must_use]
    pub fn errors(&self) -> Vec<Record> {
        self.of_type(RecordType::Error)
    }

    /// The first closed span with the given name.
    ///
    /// # Panics
    /// Panics if there is no such span. The message lists the names of the closed spans.
    #[must_use]
    #[track_caller]
    pub fn span(&self, name: &str) -> Record {
        let spans = self.spans();
        match spans.iter().find(|span| span.name() == name) {
            Some(span) => span.clone(),
            None => {
                let names: Vec<_> = spans.iter().map(Record::name).collect();
                panic!("no span `{name}` was closed; the closed spans are: {names:?}")
            }
        }
    }

    /// The share of the records so far that have a user, and the call sites of the others.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        Coverage::of(self.buffer.lock().iter().map(|record| &**record))
    }

    /// The records of the innermost recorder whose scope is current, else of the only recorder.
    pub(super) fn current_records() -> Option<Vec<Arc<Record>>> {
        let observers = stack::with_frames(|frames| frames.observers());
        let buffers = buffers();
        let of_observer = |observer: &RecordObserver| {
            let is_observed = |buffer: &&Arc<RecordBuffer>| {
                observer.is_same(&RecordObserver::new((*buffer).clone()))
            };
            buffers.iter().find(is_observed)
        };
        let only = || match &buffers[..] {
            [only] => Some(only),
            _ => None,
        };
        let current = observers.iter().find_map(of_observer).or_else(only)?;
        let records = current.lock().clone();
        Some(records)
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
        buffers().retain(|buffer| !Arc::ptr_eq(buffer, &self.buffer));
        match &self.source {
            RecordSource::Process(core) => {
                let sink: Arc<dyn RecordSink> = self.buffer.clone();
                core.pipeline().remove_sink(&sink);
                // The pipeline keeps the memory of a removed sink, so release the records here.
                self.buffer.lock().clear();
            }
            RecordSource::Scope { .. } => RecordObserver::remove(),
        }
    }
}

/// The current layer. Installs a subscriber if there is none.
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
            "the current subscriber of this thread has no layer of whose: add \
             `.with(whose::layer())` to it, before any other layer"
        ),
        None => panic!(
            "the global subscriber has no layer of whose: add `.with(whose::layer())` to it, \
             before any other layer"
        ),
    }
}

/// Gives this test global values of its own, for all code that carries the scope of the guard.
///
/// Without the guard, a write to [`global`](crate::global) is visible in every test of the process.
///
/// ```
/// let _global = whose::testing::isolate_global();
/// whose::global().set_user("admin");
/// assert_eq!(whose::current().user_id(), Some("admin")); // here, and in no other test
/// ```
pub fn isolate_global() -> Guard {
    Scope::of(Frame::Global(GlobalLayer::test_override())).enter_at(None)
}
