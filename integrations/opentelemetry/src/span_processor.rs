//! Stamps spans when they end, on the way to the next processor.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::trace::{Event, Span as _, SpanId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor as Processor};
use whose::names::attribution::is_attribution;
use whose::names::gen_ai;
use whose::{Kind, SpanAttributions};

use crate::event_log::{EventLog, Owner};
use crate::model_call::ModelCall;
use crate::names::marker;
use crate::native::Captured;
use crate::readers::Reader;
use crate::settings::Settings;
use crate::warn::Warning;
use crate::{attributes, dialect_names, in_progress};

static AMBIGUOUS: Warning = Warning::new();

/// A span processor that adds the user and the session to every span and span event, and passes the
/// span to the next processor.
///
/// Wrap the processor that exports. Spans that are made through OpenTelemetry itself get the user of
/// the scope in which they start. Spans of `tracing` get their user from
/// [`layer`](crate::layer()); their events, the replacement of fields that a policy has not seen, and
/// the names of the [dialects](crate::Dialect) need this processor too.
///
/// ```
/// use opentelemetry_sdk::trace::{BatchSpanProcessor, InMemorySpanExporter, SdkTracerProvider};
///
/// let batch = BatchSpanProcessor::builder(InMemorySpanExporter::default()).build();
/// let provider = SdkTracerProvider::builder()
///     .with_span_processor(whose_opentelemetry::SpanProcessor::new(batch))
///     .build();
/// # provider.shutdown().unwrap();
/// ```
#[derive(Debug)]
pub struct SpanProcessor<P> {
    next: P,
    settings: Arc<Settings>,
    /// Not registered with one subscriber: the policies of all layers apply to native spans.
    attributions: SpanAttributions,
    native: NativeSpans,
    _reader: Reader,
}

impl<P: Processor> SpanProcessor<P> {
    /// Wraps a processor. For dialects, use [`Bridge::span_processor`](crate::Bridge::span_processor).
    #[must_use]
    pub fn new(next: P) -> Self {
        Self::with_settings(next, Arc::default())
    }

    pub(crate) fn with_settings(next: P, settings: Arc<Settings>) -> Self {
        Self {
            next,
            settings,
            attributions: SpanAttributions::default(),
            native: NativeSpans::default(),
            _reader: Reader::of_spans(),
        }
    }

    fn stamp(&self, span: &mut SpanData) {
        let span_id = span.span_context.span_id();
        let native = self.native.remove(span_id);
        let closing = in_progress::closing(span_id);
        let none = EventLog::default();
        let (attributes, kind, log) = match (&closing, native) {
            // The layer knows better, also where code outside the layer has started the span.
            (Some(closing), _) => (
                attributes::of(&closing.attribution, &self.settings),
                closing.kind,
                closing.events.as_ref().unwrap_or(&none),
            ),
            (None, Some(native)) => {
                let attribution = native.at_end(&self.attributions);
                (attributes::of(&attribution, &self.settings), None, &none)
            }
            (None, None) => return,
        };
        replace(&mut span.attributes, &attributes);
        for event in &mut span.events.events {
            self.stamp_event(event, &attributes, log);
        }
        if let Some(closing) = &closing {
            add_missing(&mut span.attributes, &closing.usage);
            // The kind of the macro is no field, and backends know agents and tools by the operation.
            let operation = closing.kind.and_then(Kind::operation);
            let operation = operation.map(|it| KeyValue::new(gen_ai::OPERATION.name, it));
            add_missing(&mut span.attributes, operation.as_slice());
        }
        self.add_dialects(span, kind);
    }

    fn stamp_event(&self, event: &mut Event, of_span: &[KeyValue], log: &EventLog) {
        let is_stamped = |attribute: &KeyValue| attribute.key.as_str() == marker::STAMPED;
        if event.attributes.iter().any(is_stamped) {
            return event.attributes.retain(|it| !is_stamped(it));
        }
        match log.owner_at(event.timestamp) {
            Owner::Known(attribution) => {
                let attributes = attributes::of(attribution, &self.settings);
                replace(&mut event.attributes, &attributes);
            }
            Owner::NotLogged => replace(&mut event.attributes, of_span),
            Owner::Ambiguous => AMBIGUOUS.emit(|| {
                "a span event of OpenTelemetry has no user, because two users' events were added to one \
                 span at the same time: give each user a span of their own"
                    .to_owned()
            }),
        }
    }

    fn add_dialects(&self, span: &mut SpanData, kind: Option<Kind>) {
        if self.settings.dialects().is_empty() {
            return;
        }
        let call = ModelCall::of(&span.attributes, kind);
        for dialect in self.settings.dialects() {
            dialect_names::add_call(*dialect, &call, &mut span.attributes);
        }
    }
}

/// Puts the attributes in place of all earlier attributes of an identity.
fn replace(attributes: &mut Vec<KeyValue>, new: &[KeyValue]) {
    // Usually the layer has put them at the end already.
    let before = attributes.len().saturating_sub(new.len());
    let is_old = |attribute: &KeyValue| {
        let name = attribute.key.as_str();
        is_attribution(name) || dialect_names::is_identity(name)
    };
    let is_done = attributes[before..] == *new && !attributes[..before].iter().any(is_old);
    if !is_done {
        attributes.retain(|attribute| !is_old(attribute));
        attributes.extend_from_slice(new);
    }
}

/// Adds the attributes whose names are not there yet.
fn add_missing(attributes: &mut Vec<KeyValue>, new: &[KeyValue]) {
    for new in new {
        if attributes.iter().all(|known| known.key != new.key) {
            attributes.push(new.clone());
        }
    }
}

impl<P: Processor> Processor for SpanProcessor<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        // The layer knows the user of a span of `tracing`: it may start elsewhere than it was made.
        if !in_progress::is_in_callback() {
            let captured = Captured::at_start(&self.attributions, context);
            self.native.insert(span.span_context().span_id(), captured);
        }
        self.next.on_start(span, context);
    }

    fn on_end(&self, mut span: SpanData) {
        self.stamp(&mut span);
        self.next.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let result = self.next.shutdown_with_timeout(timeout);
        // The SDK ends no span after the shutdown.
        self.native.clear();
        result
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}

const SHARDS: usize = 16;

/// The native spans that are open.
#[derive(Debug, Default)]
struct NativeSpans([Mutex<HashMap<SpanId, Captured>>; SHARDS]);

impl NativeSpans {
    fn shard(&self, id: SpanId) -> std::sync::MutexGuard<'_, HashMap<SpanId, Captured>> {
        let [.., last] = id.to_bytes();
        let shard = &self.0[usize::from(last) % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, id: SpanId, captured: Captured) {
        self.shard(id).insert(id, captured);
    }

    fn remove(&self, id: SpanId) -> Option<Captured> {
        self.shard(id).remove(&id)
    }

    fn clear(&self) {
        for shard in &self.0 {
            let spans = std::mem::take(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner));
            drop(spans);
        }
    }
}
