//! Sentry's client, with a transport that keeps envelopes.

use std::collections::BTreeMap;
use std::sync::Arc;

use live_service::{Observation, Seen};
use sentry::protocol::{Context, EnvelopeItem, Event, ItemContainer, Log, Transaction, User};
use sentry::test::TestTransport;
use sentry::{Client, ClientOptions, Hub};
use serde_json::Value;
use whose::TraceId;

use crate::tools::shown::{Shown, trace_id};

pub(crate) struct Sentry {
    client: Arc<Client>,
    transport: Arc<TestTransport>,
}

type Data = BTreeMap<String, Value>;

impl Sentry {
    pub(crate) fn start() -> Self {
        let transport = TestTransport::new();
        let options = ClientOptions::new()
            .dsn("https://public@sentry.invalid/1")
            .traces_sample_rate(1.0)
            .transport(Arc::clone(&transport))
            .add_integration(whose_sentry::Integration::new());
        let client = Arc::new(Client::from(options));
        Hub::main().bind_client(Some(Arc::clone(&client)));
        Self { client, transport }
    }

    pub(crate) fn take(&self) -> Vec<Shown> {
        self.client.flush(None);
        let (mut transactions, mut spans) = (Vec::new(), Vec::new());
        let (mut errors, mut logs) = (Vec::new(), Vec::new());
        let envelopes = self.transport.fetch_and_clear_envelopes();
        for item in envelopes.into_iter().flat_map(sentry::Envelope::into_items) {
            match item {
                EnvelopeItem::Transaction(it) => of_transaction(&it, &mut transactions, &mut spans),
                EnvelopeItem::Event(event) => errors.extend(of_event(&event)),
                EnvelopeItem::ItemContainer(ItemContainer::Logs(all)) => {
                    logs.extend(all.iter().map(of_log));
                }
                _ => {}
            }
        }
        vec![
            Shown::new("Sentry transactions", transactions),
            Shown::new("Sentry spans", spans),
            Shown::new("Sentry errors", errors),
            Shown::new("Sentry logs", logs),
        ]
    }
}

fn seen(
    is_span: bool,
    text: &str,
    trace: Option<TraceId>,
    value: &dyn Fn(&str) -> Option<String>,
) -> Observation {
    let target = value("sentry.tracing.target").or_else(|| value("code.module.name"));
    Observation::seen(&Seen {
        is_span,
        text,
        target: &target.unwrap_or_default(),
        trace,
        value,
        has_reasons: false,
    })
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn id(user: Option<&User>) -> Option<String> {
    user.and_then(|user| user.id.clone())
}

fn of_transaction(
    transaction: &Transaction<'_>,
    transactions: &mut Vec<Observation>,
    spans: &mut Vec<Observation>,
) {
    let empty = Data::default();
    let (data, trace) = match transaction.contexts.get("trace") {
        Some(Context::Trace(trace)) => (&trace.data, trace_id(&trace.trace_id.to_string())),
        _ => (&empty, None),
    };
    let name = transaction.name.as_deref().unwrap_or_default();
    transactions.push(seen(true, name, trace, &|key| match key {
        "user.id" => id(transaction.user.as_ref()),
        "session.id" => transaction.tags.get(key).cloned(),
        _ => data.get(key).map(text),
    }));
    for span in &transaction.spans {
        // The operation is the path of the function, and the description the name of the span.
        let name = span.description.as_deref().or(span.op.as_deref());
        let read = |key: &str| {
            span.data
                .get(key)
                .map(text)
                .or_else(|| span.tags.get(key).cloned())
        };
        let name = name.unwrap_or_default();
        spans.push(seen(
            true,
            name,
            trace_id(&span.trace_id.to_string()),
            &read,
        ));
    }
}

fn of_event(event: &Event<'_>) -> Option<Observation> {
    let exception = event
        .exception
        .iter()
        .last()
        .and_then(|it| it.value.clone());
    let message = exception.or_else(|| event.message.clone())?;
    let trace = match event.contexts.get("trace") {
        Some(Context::Trace(trace)) => trace_id(&trace.trace_id.to_string()),
        _ => None,
    };
    Some(seen(false, &message, trace, &|key| match key {
        "user.id" => id(event.user.as_ref()),
        _ => event.tags.get(key).cloned(),
    }))
}

fn of_log(log: &Log) -> Observation {
    let trace = log.trace_id.and_then(|id| trace_id(&id.to_string()));
    seen(false, &log.body, trace, &|key| {
        log.attributes.get(key).map(|attribute| text(&attribute.0))
    })
}
