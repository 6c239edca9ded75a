//! The SDK of OpenTelemetry, with exporters that keep spans and log records.

use std::error::Error;

use live_service::{Observation, Seen};
use opentelemetry::logs::AnyValue;
use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider, SimpleLogProcessor};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SimpleSpanProcessor};
use whose::TraceId;
use whose_opentelemetry::Bridge;

use crate::tools::shown::Shown;

pub(crate) struct OpenTelemetry {
    spans: InMemorySpanExporter,
    records: InMemoryLogExporter,
    traces: SdkTracerProvider,
    logs: SdkLoggerProvider,
}

impl OpenTelemetry {
    pub(crate) fn start() -> Self {
        let bridge = Bridge::new();
        let spans = InMemorySpanExporter::default();
        let records = InMemoryLogExporter::default();
        let span_processor = bridge.span_processor(SimpleSpanProcessor::new(spans.clone()));
        let log_processor = bridge.log_processor(SimpleLogProcessor::new(records.clone()));
        Self {
            spans,
            records,
            traces: SdkTracerProvider::builder()
                .with_span_processor(span_processor)
                .build(),
            logs: SdkLoggerProvider::builder()
                .with_log_processor(log_processor)
                .build(),
        }
    }

    pub(crate) fn traces(&self) -> &SdkTracerProvider {
        &self.traces
    }

    pub(crate) fn logs(&self) -> &SdkLoggerProvider {
        &self.logs
    }

    pub(crate) fn take(&self) -> Result<Vec<Shown>, Box<dyn Error>> {
        let (mut spans, mut events) = (Vec::new(), Vec::new());
        for span in self.spans.get_finished_spans()? {
            let trace = TraceId::from_bytes(span.span_context.trace_id().to_bytes());
            let seen = |is_span, text, attributes| {
                observation(is_span, text, trace, &|name| value(attributes, name))
            };
            spans.push(seen(true, &*span.name, &span.attributes));
            let inside = span.events.events.iter();
            events.extend(inside.map(|event| seen(false, &*event.name, &event.attributes)));
        }
        self.spans.reset();
        Ok(vec![
            Shown::new("OpenTelemetry spans", spans),
            Shown::new("OpenTelemetry span events", events),
            Shown::new("OpenTelemetry logs", self.take_logs()?),
        ])
    }

    fn take_logs(&self) -> Result<Vec<Observation>, Box<dyn Error>> {
        let records = self.records.get_emitted_logs()?;
        self.records.reset();
        let mut logs = Vec::new();
        for log in &records {
            let body = log.record.body().map(any_text).unwrap_or_default();
            let trace = log.record.trace_context();
            let read = |name: &str| {
                let mut attributes = log.record.attributes_iter();
                let found = attributes.find(|(key, _)| key.as_str() == name);
                found.map(|(_, value)| any_text(value))
            };
            let target = log.record.target().map_or("", |target| target.as_ref());
            logs.push(Observation::seen(&Seen {
                is_span: false,
                text: &body,
                target,
                trace: trace.map(|trace| TraceId::from_bytes(trace.trace_id.to_bytes())),
                value: &read,
                has_reasons: true,
            }));
        }
        Ok(logs)
    }
}

fn observation(
    is_span: bool,
    text: &str,
    trace: TraceId,
    value: &dyn Fn(&str) -> Option<String>,
) -> Observation {
    let target = value("target").or_else(|| value("code.module.name"));
    Observation::seen(&Seen {
        is_span,
        text,
        target: &target.unwrap_or_default(),
        trace: Some(trace),
        value,
        has_reasons: true,
    })
}

fn value(attributes: &[KeyValue], name: &str) -> Option<String> {
    let name = Key::from(name.to_owned());
    let found = attributes.iter().find(|attribute| attribute.key == name)?;
    Some(match &found.value {
        Value::String(text) => text.as_str().to_owned(),
        other => other.to_string(),
    })
}

fn any_text(value: &AnyValue) -> String {
    match value {
        AnyValue::String(text) => text.as_str().to_owned(),
        other => format!("{other:?}"),
    }
}
