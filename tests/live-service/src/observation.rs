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
pub struct Observation {
    /// The id of the request that the record carries.
    pub request: Option<String>,
    /// The trace of the record, which identifies the request if the record carries no id.
    pub trace: Option<TraceId>,
    /// The isolated scope of a record without a user, or of a link.
    pub scope: Option<ScopeId>,
    /// Whether the record is a link, which names the user of a scope.
    pub is_link: bool,
    /// Whether the record is a warning of `whose`.
    pub is_advice: bool,
    /// The step that made the record: `span request`, or the message of an event or an error.
    pub step: String,
    /// Whether the service or a layer around it made the record, and not a library.
    pub is_own: bool,
    /// The user.
    pub user: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// Why there is no user.
    pub reason: Option<UnattributedReason>,
    /// Whether the tool shows reasons.
    pub has_reasons: bool,
}

/// A span, an event or a log line as a tool shows it.
pub struct Seen<'a> {
    /// Whether the tool shows a span.
    pub is_span: bool,
    /// The name of a span, or the message of an event.
    pub text: &'a str,
    /// The module that made the span or the event.
    pub target: &'a str,
    /// The trace.
    pub trace: Option<TraceId>,
    /// Reads a value by its name on the wire.
    pub value: &'a dyn Fn(&str) -> Option<String>,
    /// Whether the tool shows why there is no user.
    pub has_reasons: bool,
}

impl Observation {
    fn new(request: Option<String>, step: String, attribution: &Attribution) -> Self {
        Self {
            request,
            trace: None,
            scope: None,
            is_link: false,
            is_advice: false,
            step,
            is_own: true,
            user: attribution.user_id().map(String::from),
            session: attribution.session_id().map(String::from),
            reason: attribution.unattributed(),
            has_reasons: true,
        }
    }

    /// The observation of what a tool shows.
    #[must_use]
    pub fn seen(seen: &Seen<'_>) -> Self {
        let value = seen.value;
        let (request, step) = match (seen.is_span, value("gen_ai.request.model")) {
            (true, _) => (None, format!("span {}", seen.text)),
            (false, Some(model)) => split(&model),
            (false, None) => split(seen.text),
        };
        let request = value("request").or(request);
        let reason = value("whose.unattributed");
        let reason = reason.and_then(|text| REASONS.into_iter().find(|it| it.as_str() == text));
        Self {
            trace: seen.trace,
            scope: None,
            is_link: false,
            is_advice: seen.target == "whose" || seen.target == "whose::diagnostics::warnings",
            is_own: request.is_some() || is_own(seen.target),
            request,
            step,
            user: value("user.id"),
            session: value("session.id"),
            reason,
            has_reasons: seen.has_reasons,
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
        Self {
            trace: record.trace_id(),
            scope: record.scope_id(),
            is_link: record.record_type() == RecordType::Link,
            // The target of a panic is empty.
            is_own: request.is_some() || is_own(record.target()),
            ..Self::new(request, step, record.attribution())
        }
    }
}

/// The reasons that records of the service have.
const REASONS: [UnattributedReason; 3] = [
    UnattributedReason::NoScope,
    UnattributedReason::Unset,
    UnattributedReason::Anonymous,
];

/// Whether a record with this target is of the service, or of a layer around it.
fn is_own(target: &str) -> bool {
    ["live_service", "tower_http", http::TARGET]
        .into_iter()
        .any(|own| target.contains(own))
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

/// The filter of the subscriber of the process.
#[must_use]
pub fn filter() -> Targets {
    Targets::new()
        .with_default(LevelFilter::DEBUG)
        .with_target("tower::buffer", LevelFilter::TRACE)
}

/// Keeps every observation.
#[derive(Debug, Default)]
pub struct ObservationRecorder(Mutex<Vec<Observation>>);

impl ObservationRecorder {
    /// The recorder of this process, which gets all records and all lines of the `log` crate.
    ///
    /// # Panics
    /// If the process has another subscriber or another logger.
    pub fn of_the_process() -> &'static Self {
        static RECORDER: LazyLock<Arc<ObservationRecorder>> = LazyLock::new(|| {
            let recorder = Arc::<ObservationRecorder>::default();
            let subscriber = tracing_subscriber::registry()
                .with(whose::layer().with_sink(recorder.clone()))
                .with(filter());
            set_global_default(Dispatch::new(subscriber)).expect("the first subscriber");
            recorder.install_logger();
            recorder
        });
        &RECORDER
    }

    /// Makes the recorder the logger of the `log` crate.
    ///
    /// # Panics
    /// If the process has another logger.
    pub fn install_logger(self: &Arc<Self>) {
        log::set_boxed_logger(Box::new(Lines(self.clone()))).expect("the first logger");
        log::set_max_level(log::LevelFilter::Info);
    }

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
    pub fn take(&self) -> Vec<Observation> {
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
