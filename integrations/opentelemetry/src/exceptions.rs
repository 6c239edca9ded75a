//! Errors of `whose` as exceptions of OpenTelemetry: in spans, in logs, or in both.

use std::env;
use std::fmt;
use std::sync::Arc;

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, Key, KeyValue, SpanId, TraceId};
use tracing::Level;
use whose::names::exception;
use whose::{Record, RecordSink, RecordType};

use crate::attributes::{self, any_value};
use crate::in_progress;
use crate::names::{EXCEPTION, marker};
use crate::settings::Settings;
use crate::warn::Warning;

static UNKNOWN_SIGNAL: Warning = Warning::new();

/// The variable that OpenTelemetry's conventions define.
const VARIABLE: &str = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN";

/// Where exceptions are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExceptionSignal {
    /// Span events with the name `exception`: the default of the conventions so far.
    #[default]
    Spans,
    /// Log records with the event name `exception` (`logs`).
    Logs,
    /// Both (`logs/dup`).
    SpansAndLogs,
}

impl ExceptionSignal {
    /// The value of the environment variable `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`: `logs` or
    /// `logs/dup`. An unknown value gives the default and one warning.
    #[must_use]
    pub fn from_env() -> Self {
        let value = env::var_os(VARIABLE).unwrap_or_default();
        match value.to_string_lossy().trim() {
            "" => Self::Spans,
            "logs" => Self::Logs,
            "logs/dup" => Self::SpansAndLogs,
            unknown => {
                UNKNOWN_SIGNAL.emit(|| {
                    format!(
                        "the value `{}` of {VARIABLE} is unknown: exceptions stay in spans. Known \
                         values are `logs` and `logs/dup`.",
                        unknown.escape_debug()
                    )
                });
                Self::Spans
            }
        }
    }
}

/// Makes a sink that reports the errors of `whose` as exceptions: those of `capture_error`, of
/// `#[trace(err)]`, of panics, and of log lines that report an error.
///
/// `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN` decides the [signal](ExceptionSignal). In spans, an error
/// that a log line reports is left to `tracing-opentelemetry`, which adds that line itself.
///
/// ```
/// use opentelemetry_sdk::logs::SdkLoggerProvider;
///
/// let logs = SdkLoggerProvider::builder().build();
/// let layer = whose::layer().with_sink(whose_opentelemetry::exceptions(&logs));
/// # let _ = layer;
/// ```
#[must_use]
pub fn exceptions<P: LoggerProvider>(logs: &P) -> Exceptions<P::Logger> {
    Exceptions {
        logger: logs.logger(crate::names::metric::METER),
        signal: ExceptionSignal::from_env(),
        settings: Settings::default(),
    }
}

/// A sink that reports errors; [`exceptions`](exceptions()) makes one.
pub struct Exceptions<L> {
    logger: L,
    signal: ExceptionSignal,
    settings: Settings,
}

impl<L> Exceptions<L> {
    /// Sets the signal, instead of the environment.
    #[must_use]
    pub fn with_signal(self, signal: ExceptionSignal) -> Self {
        Self { signal, ..self }
    }
}

/// What the conventions name of an exception.
fn details(record: &Record) -> impl Iterator<Item = (Key, String)> {
    let details = [
        (exception::TYPE, record.error_type()),
        (exception::MESSAGE, record.message()),
        (exception::STACKTRACE, record.backtrace()),
    ];
    let details = details.map(|(name, value)| Some((Key::new(name.name), value?.to_owned())));
    details.into_iter().flatten()
}

impl<L: Logger> Exceptions<L> {
    fn add_to_span(&self, record: &Record) {
        // `tracing-opentelemetry` has added the log line to the span.
        if record.name() != whose::names::exception::CAPTURED {
            return;
        }
        let context = Context::current();
        let span = context.span();
        let id = SpanId::from_bytes(record.span_id().map_or([0; 8], whose::SpanId::to_bytes));
        if !span.is_recording() || span.span_context().span_id() != id {
            return;
        }
        let mut all: Vec<_> = details(record)
            .map(|(name, value)| KeyValue::new(name, value))
            .collect();
        let of_user = attributes::of(record.attribution(), &self.settings);
        all.extend_from_slice(&of_user);
        // The user of an error may be another one than that of the span.
        all.push(KeyValue::new(marker::STAMPED, true));
        span.add_event(EXCEPTION, all);
    }

    fn log(&self, record: &Record) {
        let mut log = self.logger.create_log_record();
        log.set_event_name(EXCEPTION);
        log.set_target(record.target().to_owned());
        log.set_timestamp(record.start());
        log.set_severity_number(severity(record.level()));
        log.set_severity_text(record.level().as_str());
        if let Some(message) = record.message() {
            log.set_body(AnyValue::from(message.to_owned()));
        }
        if let Some((trace, span)) = record.trace_id().zip(record.span_id()) {
            let trace = TraceId::from_bytes(trace.to_bytes());
            log.set_trace_context(trace, SpanId::from_bytes(span.to_bytes()), None);
        }
        log.add_attributes(details(record));
        let attributes = attributes::of(record.attribution(), &self.settings);
        for attribute in &*attributes {
            log.add_attribute(attribute.key.clone(), any_value(attribute));
        }
        in_progress::with_log_of(record.attribution(), || self.logger.emit(log));
    }
}

fn severity(level: Level) -> Severity {
    match level {
        Level::TRACE => Severity::Trace,
        Level::DEBUG => Severity::Debug,
        Level::INFO => Severity::Info,
        Level::WARN => Severity::Warn,
        Level::ERROR => Severity::Error,
    }
}

impl<L: Logger + Send + Sync + 'static> RecordSink for Exceptions<L> {
    fn record(&self, record: &Arc<Record>) {
        if record.record_type() != RecordType::Error {
            return;
        }
        if self.signal != ExceptionSignal::Logs {
            self.add_to_span(record);
        }
        if self.signal != ExceptionSignal::Spans {
            self.log(record);
        }
    }

    fn name(&self) -> &str {
        "opentelemetry exceptions"
    }
}

impl<L> fmt::Debug for Exceptions<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exceptions")
            .field("signal", &self.signal)
            .finish_non_exhaustive()
    }
}
