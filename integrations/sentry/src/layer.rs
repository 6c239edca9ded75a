//! The layers around the layers of `sentry-tracing`.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tracing::span::Attributes;
use tracing::{Dispatch, Event, Id, Subscriber, dispatcher};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use whose::SpanAttributions;

use crate::integration::Integration;
use crate::warnings::{self, Warning};
use crate::{attributes, closing, in_progress};

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
/// A transaction and a span get the user that their `tracing` span has at its close, so a transaction
/// that was opened before a login has the user.
pub fn layer<L, S>(peer: L) -> impl Layer<S> + Send + Sync
where
    L: Layer<S> + Send + Sync,
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // `and_then` keeps the peer visible to `downcast_ref` and to per-layer filters, which a layer that
    // holds the peer would not.
    Before::default().and_then(peer).and_then(After)
}

/// A span that begins a transaction.
struct IsTransaction;

/// Sees each span and event before the layers of Sentry do.
#[derive(Default)]
struct Before {
    attributions: SpanAttributions,
    is_connected: AtomicBool,
    has_checked: AtomicBool,
}

/// Sees each span and event after the layers of Sentry did.
struct After;

impl Before {
    fn register(&self, dispatch: &Dispatch) {
        self.attributions.register(dispatch);
        self.is_connected.store(true, Relaxed);
    }

    /// Finds the subscriber where it did not introduce itself: an `Option` and a `Vec` of layers do not
    /// forward `on_register_dispatch`.
    fn connect(&self) {
        if !self.is_connected.load(Relaxed) {
            self.connect_to_default();
        }
    }

    #[cold]
    fn connect_to_default(&self) {
        dispatcher::get_default(|dispatch| {
            let found = dispatch.downcast_ref::<Self>();
            if found.is_some_and(|found| std::ptr::eq(found, self)) {
                self.register(dispatch);
            }
        });
    }

    /// Checks the set-up with the first span or event.
    fn check(&self) {
        if self.has_checked.load(Relaxed) || self.has_checked.swap(true, Relaxed) {
            return;
        }
        let has_client = sentry_core::Hub::current().client().is_some();
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
        self.register(dispatch);
    }

    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        self.connect();
        if closing::begins_transaction()
            && let Some(span) = ctx.span(id)
        {
            span.extensions_mut().replace(IsTransaction);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.connect();
        self.check();
        in_progress::begin_event(event, self.attributions.attribution_of_event(event));
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        self.connect();
        let Some(span) = ctx.span(&id) else {
            return;
        };
        let is_transaction = span.extensions().get::<IsTransaction>().is_some();
        let Some(attribution) = self.attributions.attribution_of(&id) else {
            return;
        };
        attributes::write(&id, &attribution, &ctx);
        if is_transaction {
            self.check();
            closing::begin(&id, &attribution);
        }
    }
}

impl<S> Layer<S> for After
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
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
