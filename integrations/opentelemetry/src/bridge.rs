//! The entry point: settings, and what is made with them.

use std::sync::Arc;

use opentelemetry_sdk::logs::LogProcessor as NextLogProcessor;
use opentelemetry_sdk::trace::SpanProcessor as NextSpanProcessor;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Layered;
use tracing_subscriber::registry::LookupSpan;

use crate::dialect::Dialect;
use crate::layer::{After, Before};
use crate::log_processor::LogProcessor;
use crate::settings::Settings;
use crate::span_ids::OpenTelemetryIds;
use crate::span_processor::SpanProcessor;

/// A layer with the code of this crate before and after it.
pub type Attributed<L, S> = Layered<After, Layered<L, Before, S>, S>;

/// Wraps the layer of `tracing-opentelemetry`, so that every span that it exports has the user and
/// the session of `whose`.
///
/// Each span gets its attributes when it closes, also a span that was never entered, that closes on
/// another thread, or whose user became known later. The order of this layer and `whose::layer()`
/// does not matter. The records of `whose` take the trace ids and span ids of OpenTelemetry.
///
/// The function also wraps the layer of `opentelemetry-appender-tracing`: then a [`LogProcessor`]
/// knows the identity fields of the events.
///
/// ```
/// use opentelemetry::trace::TracerProvider as _;
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use tracing_subscriber::prelude::*;
///
/// let exporter = InMemorySpanExporter::default();
/// let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
/// let telemetry = tracing_opentelemetry::layer().with_tracer(provider.tracer("shop"));
///
/// let subscriber = tracing_subscriber::registry()
///     .with(whose::layer())
///     .with(whose_opentelemetry::layer(telemetry));
/// tracing::subscriber::with_default(subscriber, || {
///     whose::user("alice").in_scope(|| tracing::info_span!("pay").in_scope(|| ()));
/// });
///
/// let span = &exporter.get_finished_spans().unwrap()[0];
/// let user = span.attributes.iter().find(|it| it.key.as_str() == "user.id").unwrap();
/// assert_eq!(user.value.as_str(), "alice");
/// ```
pub fn layer<L, S>(layer: L) -> Attributed<L, S>
where
    L: Layer<S>,
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    Bridge::new().layer(layer)
}

/// The settings of the layer and of the processors: use it for [dialects](Dialect) and for
/// [sources](Self::with_sources).
///
/// ```
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SimpleSpanProcessor};
/// use whose_opentelemetry::{Bridge, Dialect};
///
/// let bridge = Bridge::new().with_dialect(Dialect::OpenInference);
/// let exporting = SimpleSpanProcessor::new(InMemorySpanExporter::default());
/// let provider = SdkTracerProvider::builder()
///     .with_span_processor(bridge.span_processor(exporting))
///     .build();
/// # use opentelemetry::trace::TracerProvider as _;
/// # use tracing_subscriber::prelude::*;
/// let telemetry = tracing_opentelemetry::layer().with_tracer(provider.tracer("shop"));
/// let subscriber = tracing_subscriber::registry()
///     .with(whose::layer())
///     .with(bridge.layer(telemetry));
/// # drop(subscriber);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Bridge {
    settings: Arc<Settings>,
}

impl Bridge {
    /// The default settings: OpenTelemetry's names, no dialect and no sources.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also writes the names of a backend. Several dialects add up.
    #[must_use]
    pub fn with_dialect(mut self, dialect: Dialect) -> Self {
        Arc::make_mut(&mut self.settings).add(dialect);
        self
    }

    /// Also writes which kind of frame set the user, the session and the actor: `whose.source`,
    /// `whose.session_source` and `whose.actor.source` ([`Source`](whose::Source)).
    ///
    /// Off by default, because each attribute of a span costs about as much as two more fields in
    /// `tracing`. Use the setting to find out why spans have the wrong user. The records of `whose` and
    /// their sinks always have the sources.
    ///
    /// ```
    /// use opentelemetry::trace::TracerProvider as _;
    /// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
    /// use tracing_subscriber::prelude::*;
    /// use whose_opentelemetry::Bridge;
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    /// let telemetry = tracing_opentelemetry::layer().with_tracer(provider.tracer("shop"));
    /// let subscriber = tracing_subscriber::registry()
    ///     .with(whose::layer())
    ///     .with(Bridge::new().with_sources().layer(telemetry));
    /// tracing::subscriber::with_default(subscriber, || {
    ///     whose::user("alice").in_scope(|| tracing::info_span!("pay").in_scope(|| ()));
    /// });
    ///
    /// let span = &exporter.get_finished_spans().unwrap()[0];
    /// let source = span.attributes.iter().find(|it| it.key.as_str() == "whose.source").unwrap();
    /// assert_eq!(source.value.as_str(), "scope");
    /// ```
    #[must_use]
    pub fn with_sources(mut self) -> Self {
        Arc::make_mut(&mut self.settings).add_sources();
        self
    }

    /// Wraps a layer: see the function [`layer`](layer()).
    pub fn layer<L, S>(&self, layer: L) -> Attributed<L, S>
    where
        L: Layer<S>,
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let ids = OpenTelemetryIds::new();
        Before::new(self.settings.clone(), ids)
            .and_then(layer)
            .and_then(After::new(ids))
    }

    /// Wraps a span processor: see [`SpanProcessor`].
    pub fn span_processor<P: NextSpanProcessor>(&self, next: P) -> SpanProcessor<P> {
        SpanProcessor::with_settings(next, self.settings.clone())
    }

    /// Wraps a log processor: see [`LogProcessor`].
    pub fn log_processor<P: NextLogProcessor>(&self, next: P) -> LogProcessor<P> {
        LogProcessor::with_settings(next, self.settings.clone())
    }
}
