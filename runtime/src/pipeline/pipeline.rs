use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::diagnostics::{stats, warnings};
use crate::error::Backtraces;
use crate::frame::RecordObserver;
use crate::pipeline::breadcrumb_hooks::SharedBreadcrumbHooks;
use crate::pipeline::deliver::deliver;
use crate::pipeline::flag_settings::FlagSettings;
#[cfg(feature = "fmt")]
use crate::pipeline::kept_identity::KeptIdentity;
use crate::pipeline::processors::Processors;
use crate::pipeline::sink_list::SinkList;
use crate::pipeline::{required_user, source_stats, strict};
use crate::record::{Record, RecordSink};

/// The way from a finished record to the sinks of one subscriber.
pub(crate) struct Pipeline {
    sinks: SinkList,
    pub(crate) breadcrumb_hooks: SharedBreadcrumbHooks,
    processors: Processors,
    backtraces: Backtraces,
    flags: FlagSettings,
    requires_user: AtomicBool,
    /// The number of the pipeline. Span ids of several subscribers are equal; with the number they
    /// differ.
    number: u64,
}

thread_local! {
    static DELIVERING: Cell<bool> = const { Cell::new(false) };
}

/// Marks that this thread is delivering a record.
struct Delivering;

impl Delivering {
    fn begin() -> Option<Self> {
        (!DELIVERING.replace(true)).then(|| Self)
    }
}

impl Drop for Delivering {
    fn drop(&mut self) {
        DELIVERING.set(false);
    }
}

static NUMBERS: AtomicU64 = AtomicU64::new(1);
static PIPELINES: Mutex<Vec<Weak<Pipeline>>> = Mutex::new(Vec::new());
static COUNT: AtomicUsize = AtomicUsize::new(0);
static HAS_HAD_SINKS: AtomicBool = AtomicBool::new(false);

impl Pipeline {
    pub(crate) fn new() -> Arc<Self> {
        let pipeline = Arc::new(Self {
            sinks: SinkList::default(),
            breadcrumb_hooks: SharedBreadcrumbHooks::default(),
            processors: Processors::default(),
            backtraces: Backtraces::default(),
            flags: FlagSettings::default(),
            requires_user: AtomicBool::new(false),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
        });
        COUNT.fetch_add(1, Ordering::Relaxed);
        let mut pipelines = PIPELINES.lock().unwrap_or_else(PoisonError::into_inner);
        pipelines.retain(|pipeline| pipeline.strong_count() > 0);
        pipelines.push(Arc::downgrade(&pipeline));
        pipeline
    }

    pub(crate) fn add_sink(&self, sink: Arc<dyn RecordSink>) {
        HAS_HAD_SINKS.store(true, Ordering::Relaxed);
        self.sinks.add(sink);
    }

    /// Whether a pipeline of the process has had a sink.
    #[inline]
    pub(crate) fn has_had_sinks() -> bool {
        HAS_HAD_SINKS.load(Ordering::Relaxed)
    }

    pub(crate) fn remove_sink(&self, sink: &Arc<dyn RecordSink>) {
        self.sinks.remove(sink);
    }

    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    #[inline]
    pub(crate) fn processors(&self) -> &Processors {
        &self.processors
    }

    #[inline]
    pub(crate) fn backtraces(&self) -> &Backtraces {
        &self.backtraces
    }

    #[inline]
    pub(crate) fn flags(&self) -> &FlagSettings {
        &self.flags
    }

    /// The number of pipelines in use, joined ones included.
    pub(crate) fn count() -> usize {
        COUNT.load(Ordering::Relaxed)
    }

    /// Takes over the sinks of a pipeline, and its steps before the sinks.
    pub(crate) fn join(&self, other: &Self) {
        self.backtraces.join(&other.backtraces);
        self.breadcrumb_hooks.join(&other.breadcrumb_hooks);
        self.processors.join(&other.processors);
        self.flags.join(&other.flags);
        self.require_user(self.requires_user() || other.requires_user());
        for sink in other.sinks.iter() {
            self.add_sink(sink.clone());
        }
    }

    pub(crate) fn require_user(&self, required: bool) {
        self.requires_user.store(required, Ordering::Relaxed);
    }

    #[inline]
    fn requires_user(&self) -> bool {
        self.requires_user.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        self.sinks.iter().next().is_none() && !self.requires_user() && !strict::is_strict()
    }

    /// Delivers a record to the sinks, unless a hook drops the record. Records that a hook or a sink
    /// emits meanwhile are counted and not delivered, since delivery would never end. Returns
    /// `false` for such a record.
    pub(crate) fn deliver(&self, record: &mut Arc<Record>, observers: &[RecordObserver]) -> bool {
        let Some(_delivering) = Delivering::begin() else {
            stats::sink_emitted_record();
            return false;
        };
        // Counted as the application made the record: a policy may remove the user.
        source_stats::count(&record.attribution);
        if self.requires_user() {
            required_user::check(record);
        }
        if observers.is_empty() {
            strict::note_unscoped(record);
        }
        self.hand_out(record, observers);
        true
    }

    /// As [`deliver`](Self::deliver), for a record about other records. Where a hook or a sink
    /// causes the record, the record waits until the current delivery ends.
    pub(crate) fn deliver_link(
        self: &Arc<Self>,
        mut record: Arc<Record>,
        observers: Vec<RecordObserver>,
    ) {
        match Delivering::begin() {
            Some(_delivering) => self.hand_out(&mut record, &observers),
            None => {
                let pipeline = self.clone();
                warnings::defer(move || pipeline.deliver_link(record, observers));
            }
        }
    }

    #[inline]
    fn hand_out(&self, record: &mut Arc<Record>, observers: &[RecordObserver]) {
        if !self.processors.process(record) {
            return;
        }
        for sink in self.sinks.iter() {
            deliver(&**sink, record);
        }
        for observer in observers {
            deliver(observer.sink(), record);
        }
    }

    /// What the hooks leave of the identity of an event that has no record, for its log line.
    /// `None` without hooks. Nothing is left while this thread delivers a record: the hooks would
    /// run for the events that they emit.
    #[cfg(feature = "fmt")]
    pub(crate) fn identity_after_hooks(&self, record: &mut Record) -> Option<KeptIdentity> {
        if !self.processors.has_hooks() {
            return None;
        }
        match Delivering::begin() {
            Some(_delivering) => Some(self.processors.identity_after_hooks(record)),
            None => Some(KeptIdentity::NOTHING),
        }
    }

    /// Whether the pipeline with that number is dropped.
    pub(crate) fn is_gone(number: u64) -> bool {
        !Self::all().iter().any(|pipeline| pipeline.number == number)
    }

    /// Every pipeline of the process that is in use.
    pub(crate) fn all() -> Vec<Arc<Self>> {
        let pipelines = PIPELINES.lock().unwrap_or_else(PoisonError::into_inner);
        pipelines.iter().filter_map(Weak::upgrade).collect()
    }

    pub(crate) fn all_sinks() -> Vec<Arc<dyn RecordSink>> {
        let pipelines = Self::all().into_iter();
        pipelines
            .flat_map(|pipeline| pipeline.sinks.iter().cloned().collect::<Vec<_>>())
            .collect()
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("sinks", &self.sinks.iter().count())
            .finish()
    }
}
