//! Stamps log records, on the way to the next processor.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::{LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{
    LogProcessor as Processor, SdkLogRecord, SdkLogger, SdkLoggerProvider,
};
use whose::names::attribution::is_attribution;
use whose::{Attribution, SpanAttributions};

use crate::attributes::any_value;
use crate::readers::Reader;
use crate::settings::Settings;
use crate::{attributes, dialect_names, in_progress, native};

/// A log processor that adds the user and the session to every log record, and passes the record to
/// the next processor.
///
/// Wrap the processor that exports. A log of the current code gets the current user. For the logs of
/// `opentelemetry-appender-tracing`, also wrap its layer with [`layer`](crate::layer()): then the
/// identity fields and the explicit parent of the event count.
///
/// ```
/// use opentelemetry_sdk::logs::{BatchLogProcessor, InMemoryLogExporter, SdkLoggerProvider};
///
/// let batch = BatchLogProcessor::builder(InMemoryLogExporter::default()).build();
/// let provider = SdkLoggerProvider::builder()
///     .with_log_processor(whose_opentelemetry::LogProcessor::new(batch))
///     .build();
/// # provider.shutdown().unwrap();
/// ```
#[derive(Debug)]
pub struct LogProcessor<P> {
    next: P,
    settings: Arc<Settings>,
    attributions: SpanAttributions,
    /// Makes empty records.
    empty: SdkLogger,
    _reader: Reader,
}

impl<P: Processor> LogProcessor<P> {
    /// Wraps a processor. For dialects, use [`Bridge::log_processor`](crate::Bridge::log_processor).
    #[must_use]
    pub fn new(next: P) -> Self {
        Self::with_settings(next, Arc::default())
    }

    pub(crate) fn with_settings(next: P, settings: Arc<Settings>) -> Self {
        Self {
            next,
            settings,
            attributions: SpanAttributions::default(),
            empty: SdkLoggerProvider::builder().build().logger(""),
            _reader: Reader::of_logs(),
        }
    }

    fn attribution_of(&self, record: &SdkLogRecord) -> Attribution {
        if let Some(attribution) = in_progress::log() {
            return attribution;
        }
        let event = in_progress::event().filter(|event| {
            record.event_name() == Some(event.metadata.name())
                && record.target().map(|target| &**target) == Some(event.metadata.target())
        });
        match event {
            Some(event) => event.attribution.clone(),
            None => native::of_log(&self.attributions),
        }
    }
}

/// A copy of the record without the fields of an identity. A record cannot remove attributes.
fn without_identity(record: &SdkLogRecord, mut copy: SdkLogRecord) -> SdkLogRecord {
    if let Some(name) = record.event_name() {
        copy.set_event_name(name);
    }
    if let Some(target) = record.target() {
        copy.set_target(target.clone());
    }
    if let Some(time) = record.timestamp() {
        copy.set_timestamp(time);
    }
    if let Some(time) = record.observed_timestamp() {
        copy.set_observed_timestamp(time);
    }
    if let Some(text) = record.severity_text() {
        copy.set_severity_text(text);
    }
    if let Some(number) = record.severity_number() {
        copy.set_severity_number(number);
    }
    if let Some(body) = record.body() {
        copy.set_body(body.clone());
    }
    if let Some(trace) = record.trace_context() {
        copy.set_trace_context(trace.trace_id, trace.span_id, trace.trace_flags);
    }
    let kept = record.attributes_iter();
    let kept = kept.filter(|(key, _)| !is_old(key.as_str()));
    copy.add_attributes(kept.cloned());
    copy
}

fn is_old(name: &str) -> bool {
    is_attribution(name) || dialect_names::is_identity(name)
}

impl<P: Processor> Processor for LogProcessor<P> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        let attribution = self.attribution_of(record);
        if record
            .attributes_iter()
            .any(|(key, _)| is_old(key.as_str()))
        {
            *record = without_identity(record, self.empty.create_log_record());
        }
        for attribute in &*attributes::of(&attribution, &self.settings) {
            record.add_attribute(attribute.key.clone(), any_value(attribute));
        }
        self.next.emit(record, scope);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.next.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}
