//! All records and log lines of the process, as observations.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use tracing::Dispatch;
use tracing::dispatcher::set_global_default;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use whose::names::http;
use whose::{
    Attribution, Record, RecordSink, RecordType, ScopeId, TraceId, UnattributedReason, Value,
};

/// A record or a log line with its attribution.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    /// The id of the request that the record carries.
    pub(crate) request: Option<String>,
    /// The trace of the record, which identifies the request if the record carries no id.
    pub(crate) trace: Option<TraceId>,
    /// The isolated scope of a record without a user, or of a link.
    pub(crate) scope: Option<ScopeId>,
    pub(crate) is_link: bool,
    /// The step that made the record: `span request`, or the message of an event or an error.
    pub(crate) step: String,
    /// Whether the service or a layer around it made the record, and not a library.
    pub(crate) is_own: bool,
    pub(crate) user: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) reason: Option<UnattributedReason>,
}

impl Observation {
    fn new(request: Option<String>, step: String, attribution: &Attribution) -> Self {
        Self {
            request,
            trace: None,
            scope: None,
            is_link: false,
            step,
            is_own: true,
            user: attribution.user_id().map(String::from),
            session: attribution.session_id().map(String::from),
            reason: attribution.unattributed(),
        }
    }

    fn of(record: &Record) -> Self {
        let field = |name| record.field(name).and_then(Value::as_str);
        let message = field("gen_ai.request.model").or(record.message());
        let (mut request, mut step) = split(message.unwrap_or_default());
        if record.record_type() == RecordType::Span {
            step = format!("span {}", record.name());
        }
        if let Some(field) = field("request") {
            request = Some(field.to_owned());
        }
        let is_of = |own: &str| record.target().contains(own);
        Self {
            trace: record.trace_id(),
            scope: record.scope_id(),
            is_link: record.record_type() == RecordType::Link,
            // The target of a panic is empty.
            is_own: request.is_some()
                || ["live_service", "tower_http", http::TARGET]
                    .into_iter()
                    .any(is_of),
            ..Self::new(request, step, record.attribution())
        }
    }
}

/// Splits the id of a request from the head of a message.
fn split(message: &str) -> (Option<String>, String) {
    let id = message.split(' ').find_map(|word| {
        let word = word.strip_suffix(':')?;
        word.contains('#').then_some(word)
    });
    match id.and_then(|id| Some((id, message.split_once(&*format!("{id}: "))?.1))) {
        Some((id, step)) => (Some(id.to_owned()), step.to_owned()),
        None => (None, message.to_owned()),
    }
}

/// Keeps every observation.
#[derive(Debug, Default)]
pub(crate) struct ObservationRecorder(Mutex<Vec<Observation>>);

/// The recorder of this process, which gets all records and all lines of the `log` crate.
pub(crate) fn recorder() -> &'static ObservationRecorder {
    static RECORDER: LazyLock<Arc<ObservationRecorder>> = LazyLock::new(|| {
        let recorder = Arc::<ObservationRecorder>::default();
        let filter = Targets::new()
            .with_default(LevelFilter::DEBUG)
            .with_target("tower::buffer", LevelFilter::TRACE);
        let subscriber = tracing_subscriber::registry()
            .with(whose::layer().with_sink(recorder.clone()))
            .with(filter);
        set_global_default(Dispatch::new(subscriber)).expect("the first subscriber");
        log::set_boxed_logger(Box::new(Lines(recorder.clone()))).expect("the first logger");
        log::set_max_level(log::LevelFilter::Info);
        recorder
    });
    &RECORDER
}

impl ObservationRecorder {
    fn lock(&self) -> MutexGuard<'_, Vec<Observation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of closed spans with these names.
    pub(crate) fn count(&self, steps: &[&str]) -> usize {
        let observations = self.lock();
        let is_one = |observation: &&Observation| steps.contains(&&*observation.step);
        observations.iter().filter(is_one).count()
    }

    /// Takes all observations.
    pub(crate) fn take(&self) -> Vec<Observation> {
        std::mem::take(&mut *self.lock())
    }
}

impl RecordSink for ObservationRecorder {
    fn record(&self, record: &Arc<Record>) {
        let observation = Observation::of(record);
        self.lock().push(observation);
    }
}

/// The lines of the `log` crate, each with the current attribution.
struct Lines(Arc<ObservationRecorder>);

impl log::Log for Lines {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().contains("live_service")
    }

    fn log(&self, line: &log::Record<'_>) {
        if self.enabled(line.metadata()) {
            let (request, step) = split(&line.args().to_string());
            let observation = Observation::new(request, step, &whose::current());
            self.0.lock().push(observation);
        }
    }

    fn flush(&self) {}
}
