//! The layers around the layers of `sentry-tracing`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use sentry_core::Hub;
use tracing::span::Attributes;
use tracing::{Dispatch, Event, Id, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use whose::SpanAttributions;

use crate::integration::Integration;
use crate::span_hubs::SpanHubs;
use crate::trace_ids::{self, SentryIds};
use crate::warnings::{self, Warning};
use crate::{closing, in_progress};

/// Wraps layers of `sentry-tracing`, so that Sentry gets the user of each span and event.
///
/// Use the function around every layer of `sentry-tracing`; several layers are joined with
/// [`Layer::and_then`]. Add [`whose::layer()`] to the subscriber before the wrapped layers, and
/// [`Integration`] to the options of the client.
///
/// ```
/// use sentry::integrations::tracing::{LogLayer, SpanLayer};
/// use tracing::level_filters::LevelFilter;
/// use tracing_subscriber::prelude::*;
///
/// let spans = SpanLayer::new().with_filter(LevelFilter::INFO);
/// let logs = LogLayer::new().with_filter(LevelFilter::INFO);
/// let subscriber = tracing_subscriber::registry()
///     .with(whose::layer())
///     .with(whose_sentry::layer(spans.and_then(logs)));
/// # let _ = subscriber;
/// ```
///
/// Wrap no other layer that binds hubs: its hub would be taken for the one that Sentry makes for a span.
///
/// A transaction and a span get the user that their `tracing` span has at its close, so a transaction
/// that was opened before a login has the user.
pub fn layer<L, S>(peer: L) -> impl Layer<S> + Send + Sync
where
    L: Layer<S> + Send + Sync,
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // `and_then` keeps the peer visible to `downcast_ref` and to per-layer filters, which a layer that
    // holds the peer would not.
    let before = Before::default();
    let after = After {
        attributions: before.attributions.clone(),
        hubs: before.hubs.clone(),
        has_ids: AtomicBool::new(false),
    };
    before.and_then(peer).and_then(after)
}

/// Sees each span and event before the layers of Sentry do.
#[derive(Default)]
struct Before {
    attributions: SpanAttributions,
    hubs: Arc<SpanHubs>,
    has_checked: AtomicBool,
}

/// Sees each span and event after the layers of Sentry did.
struct After {
    attributions: SpanAttributions,
    hubs: Arc<SpanHubs>,
    /// Whether the layers of Sentry have had a span.
    has_ids: AtomicBool,
}

impl Before {
    /// Checks the set-up with the first span or event.
    #[inline]
    fn check(&self) {
        if !self.has_checked.load(Relaxed) {
            self.check_once();
        }
    }

    #[cold]
    fn check_once(&self) {
        if self.has_checked.swap(true, Relaxed) {
            return;
        }
        let has_client = Hub::current().client().is_some();
        if has_client && !Integration::is_on_current_hub() {
            warnings::defer(Warning::NoIntegration);
        }
    }
}

impl<S> Layer<S> for Before
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.attributions.register(dispatch);
    }

    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.attributions.connect(self);
    }

    #[inline]
    fn on_enter(&self, _: &Id, _: Context<'_, S>) {
        SpanHubs::before_entry();
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.attributions.connect(self);
        self.check();
        in_progress::begin_event(event, self.attributions.attribution_of_event(event));
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        self.attributions.connect(self);
        let Some(hub) = self.hubs.take(&id, &ctx) else {
            return;
        };
        let is_transaction = self
            .attributions
            .with_attribution(&id, |attribution| closing::begin(&id, attribution, hub));
        if is_transaction == Some(true) {
            self.check();
        }
    }
}

impl After {
    /// Notes the ids of a span that the layers of Sentry have entered with that hub.
    #[cold]
    fn note_ids<S>(&self, id: &Id, hub: &Hub, ctx: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let is_new = ctx.span(id).is_some_and(|span| trace_ids::note(hub, &span));
        // Not before the first span: layers for events alone know no ids, and another tool may.
        if is_new && !self.has_ids.load(Relaxed) && !self.has_ids.swap(true, Relaxed) {
            self.attributions.set_trace_context(SentryIds);
        }
    }
}

impl<S> Layer<S> for After
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    #[inline]
    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        self.hubs.after_entry(id, |hub| {
            if self.attributions.has_receivers() {
                self.note_ids(id, hub, &ctx);
            }
        });
    }

    fn on_exit(&self, _: &Id, _: Context<'_, S>) {
        warnings::flush();
    }

    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        in_progress::end_event();
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        closing::end(&id);
        warnings::flush();
    }
}
