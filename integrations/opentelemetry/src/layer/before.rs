//! The layer that runs before the wrapped layer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt;
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use whose::SpanAttributions;
use whose::names::attribution::is_attribution;

use crate::event_log::EventLog;
use crate::in_progress::{self, ClosingSpan, EventInProgress};
use crate::settings::Settings;
use crate::span_ids::OpenTelemetryIds;
use crate::warn::Warning;
use crate::{attributes, readers};

static NO_ATTRIBUTION: Warning = Warning::new();
static IDENTITY_FIELDS: Warning = Warning::new();
/// Whether a call site of spans has a field of an identity. Without one, no span is looked up.
static HAS_IDENTITY_FIELDS: AtomicBool = AtomicBool::new(false);

/// The part of [`Attributed`](crate::Attributed) that runs before the wrapped layer.
#[derive(Debug)]
pub struct Before {
    settings: Arc<Settings>,
    attributions: SpanAttributions,
    ids: OpenTelemetryIds,
}

impl Before {
    pub(crate) fn new(settings: Arc<Settings>, ids: OpenTelemetryIds) -> Self {
        // Now, so that the layer of `whose` keeps the attribution of the first span that closes: this
        // layer may learn of its subscriber only then.
        SpanAttributions::default().register(&Dispatch::none());
        let attributions = SpanAttributions::default();
        attributions.set_trace_context(ids);
        Self {
            settings,
            attributions,
            ids,
        }
    }

    /// Sets the attributes of the span that closes, also of one that was never entered.
    fn stamp<S>(&self, id: &Id, ctx: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        // Starts the span where it was never entered. No lock of the span is held here.
        let dispatch = || self.attributions.dispatch();
        let Some(context) = self.ids.closing_context(id, dispatch) else {
            return;
        };
        let span = context.span();
        // Most spans are sampled, which is known without a lock.
        if !span.span_context().is_sampled() && !span.is_recording() {
            return;
        }
        let span_id = span.span_context().span_id();
        // Another wrapped layer of the subscriber has done this already.
        if in_progress::mark_stamped(span_id) {
            return;
        }
        let is_read = readers::has_span_processor();
        let mut read = None;
        let attributes = self.attributions.with_attribution(id, |attribution| {
            if is_read {
                read = Some(attribution.clone());
            }
            attributes::of(attribution, &self.settings)
        });
        let Some(attributes) = attributes else {
            return warn_unknown();
        };
        span.set_attributes(attributes.iter().cloned());
        match read {
            Some(attribution) => {
                let events = ctx
                    .span(id)
                    .and_then(|span| span.extensions_mut().remove::<EventLog>());
                in_progress::set_closing(ClosingSpan {
                    span_id,
                    kind: self.attributions.kind_of(id),
                    usage: self.usage(id),
                    attribution,
                    events,
                });
            }
            None => self.warn_about_fields(id, ctx),
        }
    }

    /// Without our processor, nothing can replace the fields that the wrapped layer has copied.
    #[inline]
    fn warn_about_fields<S>(&self, id: &Id, ctx: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if HAS_IDENTITY_FIELDS.load(Ordering::Relaxed) && !IDENTITY_FIELDS.is_emitted() {
            self.warn_about_fields_of(id, ctx);
        }
    }

    #[cold]
    fn warn_about_fields_of<S>(&self, id: &Id, ctx: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let Some(metadata) = ctx.metadata(id) else {
            return;
        };
        if let Some(field) = identity_field(metadata) {
            IDENTITY_FIELDS.emit(|| {
                format!(
                    "the field `{field}` of the span `{}` is exported to OpenTelemetry as it is written, \
                     beside what the policies let through: wrap the processor that exports with \
                     `whose_opentelemetry::SpanProcessor`",
                    metadata.name()
                )
            });
        }
    }
}

impl Before {
    /// The usage of the model calls that were reported inside the span.
    fn usage(&self, id: &Id) -> Vec<KeyValue> {
        let usage = self.attributions.usage_of(id);
        let usage = usage.into_iter();
        usage
            .map(|(name, value)| KeyValue::new(name, attributes::value_of(&value)))
            .collect()
    }
}

/// The first field of a call site that is part of an identity.
fn identity_field(metadata: &Metadata<'_>) -> Option<&'static str> {
    let mut fields = metadata.fields().iter().map(|field| field.name());
    fields.find(|name| is_attribution(name))
}

#[cold]
fn warn_unknown() {
    NO_ATTRIBUTION.emit(|| {
        "a span of OpenTelemetry has no user, because `whose::layer()` does not know the span: add \
         `whose::layer()` to the same subscriber, and give it no filter that hides spans from it"
            .to_owned()
    });
}

impl<S> Layer<S> for Before
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.attributions.register(dispatch);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.is_span() && identity_field(metadata).is_some() {
            HAS_IDENTITY_FIELDS.store(true, Ordering::Relaxed);
        }
        Interest::always()
    }

    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.attributions.connect(self);
        in_progress::set_in_callback(true);
    }

    fn on_enter(&self, _: &Id, _: Context<'_, S>) {
        self.attributions.connect(self);
        in_progress::set_in_callback(true);
        OpenTelemetryIds::before_entry();
    }

    fn on_follows_from(&self, _: &Id, _: &Id, _: Context<'_, S>) {
        in_progress::set_in_callback(true);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if readers::has_span_processor() || readers::has_log_processor() {
            in_progress::set_event(Some(EventInProgress {
                metadata: event.metadata(),
                attribution: self.attributions.attribution_of_event(event),
                from: SystemTime::now(),
            }));
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        self.attributions.connect(self);
        in_progress::set_in_callback(true);
        self.stamp(&id, &ctx);
    }
}
