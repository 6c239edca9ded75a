//! A receiver of OTLP over HTTP, which the sink of `whose-otlp` sends to.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use live_service::{Observation, Seen};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message as _;
use tokio::net::TcpListener;
use whose::{RecordSink as _, TraceId};
use whose_otlp::OtlpSink;

use crate::tools::shown::Shown;

#[derive(Default)]
struct Received {
    traces: Vec<ExportTraceServiceRequest>,
    logs: Vec<ExportLogsServiceRequest>,
}

type Shared = Arc<Mutex<Received>>;

pub(crate) struct Otlp {
    received: Shared,
    sink: Arc<OtlpSink>,
}

impl Otlp {
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let received = Shared::default();
        let app = Router::new()
            .route("/v1/traces", post(receive_traces))
            .route("/v1/logs", post(receive_logs))
            .layer(DefaultBodyLimit::disable())
            .with_state(received.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        // On a thread of its own, so that the receiver is no part of the service.
        thread::Builder::new()
            .name("otlp-receiver".into())
            .spawn(move || runtime.block_on(async { axum::serve(listener, app).await }))?;
        let sink = whose_otlp::builder()
            .endpoint(endpoint)
            .queue_bytes(1 << 28)
            .build();
        Ok(Self {
            received,
            sink: Arc::new(sink),
        })
    }

    pub(crate) fn sink(&self) -> Arc<OtlpSink> {
        self.sink.clone()
    }

    pub(crate) fn take(&self) -> Result<Vec<Shown>, Box<dyn Error>> {
        let outcome = self.sink.flush(Duration::from_secs(60));
        if !outcome.is_complete() {
            return Err(format!("the sink of OTLP did not send all records: {outcome:?}").into());
        }
        let received = std::mem::take(&mut *lock(&self.received));
        let (mut spans, mut logs) = (Vec::new(), Vec::new());
        let of_resources = received.traces.iter().flat_map(|it| &it.resource_spans);
        for span in of_resources
            .flat_map(|it| &it.scope_spans)
            .flat_map(|it| &it.spans)
        {
            spans.push(seen(true, &span.name, &span.trace_id, &span.attributes));
        }
        let of_resources = received.logs.iter().flat_map(|it| &it.resource_logs);
        for log in of_resources
            .flat_map(|it| &it.scope_logs)
            .flat_map(|it| &it.log_records)
        {
            // A link is about earlier records, and has the user of a scope.
            if log.event_name == "whose.link" {
                continue;
            }
            let body = log.body.as_ref().map(text).unwrap_or_default();
            logs.push(seen(false, &body, &log.trace_id, &log.attributes));
        }
        Ok(vec![
            Shown::new("OTLP spans", spans),
            Shown::new("OTLP logs", logs),
        ])
    }
}

async fn receive_traces(State(received): State<Shared>, body: Bytes) {
    if let Ok(request) = ExportTraceServiceRequest::decode(body) {
        lock(&received).traces.push(request);
    }
}

async fn receive_logs(State(received): State<Shared>, body: Bytes) {
    if let Ok(request) = ExportLogsServiceRequest::decode(body) {
        lock(&received).logs.push(request);
    }
}

fn lock(received: &Shared) -> std::sync::MutexGuard<'_, Received> {
    received.lock().unwrap_or_else(PoisonError::into_inner)
}

fn seen(is_span: bool, name: &str, trace_id: &[u8], attributes: &[KeyValue]) -> Observation {
    let value = |name: &str| {
        let found = attributes.iter().find(|attribute| attribute.key == name)?;
        Some(text(found.value.as_ref()?))
    };
    let trace = trace_id.try_into().ok().map(TraceId::from_bytes);
    Observation::seen(&Seen {
        is_span,
        text: name,
        target: &value("target").unwrap_or_default(),
        trace,
        value: &value,
        has_reasons: true,
    })
}

fn text(value: &AnyValue) -> String {
    match &value.value {
        Some(Value::StringValue(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}
