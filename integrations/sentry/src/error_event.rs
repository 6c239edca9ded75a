//! From a record of `whose` to an event of Sentry.

use std::borrow::Cow;

use sentry_core::Level;
use sentry_core::protocol::{
    Breadcrumb, Context, Event, Exception, Map, Mechanism, TraceContext, Value,
};
use whose::{Record, RecordType};

use crate::convert::{TRACE, json_of};
use crate::stacktrace;

/// The event of a record, without the attribution, which [`Integration`](crate::Integration) or the
/// sink adds.
pub(crate) fn event_of(record: &Record) -> Event<'static> {
    let mut event = Event {
        level: level_of(record.level()),
        logger: Some(record.target().to_owned()),
        timestamp: record.start(),
        transaction: record.span_path().last().map(String::from),
        ..Event::default()
    };
    if record.record_type() == RecordType::Error && record.error_type().is_some() {
        event.exception = exceptions_of(record).into();
    } else {
        event.message = record.message().map(String::from);
        event.stacktrace = stacktrace::of(record);
    }
    if let Some(fingerprint) = record.fingerprint() {
        event.fingerprint = Cow::Owned(vec![fingerprint.to_string().into()]);
    }
    event.breadcrumbs = record
        .breadcrumbs()
        .map(breadcrumb_of)
        .collect::<Vec<_>>()
        .into();
    add_contexts(&mut event, record);
    add_service(&mut event, record);
    event
}

fn level_of(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warning,
        tracing::Level::INFO => Level::Info,
        _ => Level::Debug,
    }
}

/// The error last, after its causes: Sentry shows the last exception as the one that was caught.
fn exceptions_of(record: &Record) -> Vec<Exception> {
    let causes: Vec<_> = record.causes().collect();
    let causes = causes.into_iter().rev().map(|cause| Exception {
        ty: "cause".into(),
        value: Some(cause.into()),
        ..Exception::default()
    });
    let error = Exception {
        ty: record.error_type().unwrap_or("error").into(),
        value: record.message().map(String::from),
        stacktrace: stacktrace::of(record),
        mechanism: Some(Mechanism {
            ty: "whose".into(),
            handled: Some(record.error_type() != Some("panic")),
            ..Mechanism::default()
        }),
        ..Exception::default()
    };
    causes.chain([error]).collect()
}

fn breadcrumb_of(crumb: &whose::Breadcrumb) -> Breadcrumb {
    let data = crumb.all_data().clone();
    Breadcrumb {
        timestamp: crumb.timestamp(),
        ty: crumb.breadcrumb_type().unwrap_or("default").into(),
        category: crumb.category().map(String::from),
        level: level_of(crumb.level()),
        message: Some(crumb.message().into()),
        data: data.into_iter().collect(),
    }
}

fn add_contexts(event: &mut Event<'static>, record: &Record) {
    let mut add = |name: &str, map: Map<String, Value>| {
        if !map.is_empty() {
            event.contexts.insert(name.into(), Context::Other(map));
        }
    };
    let fields = record.last_fields();
    add(
        "fields",
        fields
            .map(|(name, value)| (name.into(), json_of(value)))
            .collect(),
    );
    let flags: Vec<_> = record
        .flags()
        .map(|(flag, value)| serde_json::json!({ "flag": flag, "result": value }))
        .collect();
    let flags = (!flags.is_empty()).then(|| ("values".into(), flags.into()));
    add("flags", flags.into_iter().collect());
    if let Some(site) = record.call_site() {
        let site = [
            ("file".into(), site.file.into()),
            ("line".into(), site.line.into()),
        ];
        add("call site", site.into());
    }
}

/// Release and environment; the options of the client fill those that are absent.
fn add_service(event: &mut Event<'static>, record: &Record) {
    let Some(service) = record.service() else {
        return;
    };
    let text = |text: &str| Some(Cow::Owned(text.to_owned()));
    event.environment = service.environment().and_then(text);
    event.server_name = service.host().and_then(text);
    event.release = match (service.name(), service.version()) {
        (Some(name), Some(version)) => text(&format!("{name}@{version}")),
        (None, Some(version)) => text(version),
        _ => None,
    };
}

/// The ids of the record's trace, for an event outside every span of Sentry.
pub(crate) fn add_trace(event: &mut Event<'static>, record: &Record) {
    let (Some(trace_id), Some(span_id)) = (record.trace_id(), record.span_id()) else {
        return;
    };
    let trace = TraceContext {
        trace_id: trace_id.to_bytes().into(),
        span_id: span_id.to_bytes().into(),
        ..TraceContext::default()
    };
    event.contexts.insert(TRACE.into(), trace.into());
}
