//! The layer that runs after the wrapped layer.

use std::time::SystemTime;

use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::event_log::EventLog;
use crate::span_ids::OpenTelemetryIds;
use crate::{in_progress, readers};

/// The part of [`Attributed`](crate::Attributed) that runs after the wrapped layer.
#[derive(Debug)]
pub struct After {
    ids: OpenTelemetryIds,
}

impl After {
    pub(crate) const fn new(ids: OpenTelemetryIds) -> Self {
        Self { ids }
    }
}

impl<S> Layer<S> for After
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        in_progress::set_in_callback(false);
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        in_progress::set_in_callback(false);
        self.ids.after_entry(id);
    }

    fn on_follows_from(&self, _: &Id, _: &Id, _: Context<'_, S>) {
        in_progress::set_in_callback(false);
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let Some(mine) = in_progress::event() else {
            return;
        };
        in_progress::set_event(None);
        // An event inside this event has emptied the slot, or a panic has left another event there.
        if !std::ptr::eq(mine.metadata, event.metadata()) || !readers::has_span_processor() {
            return;
        }
        if let Some(span) = ctx.event_span(event) {
            let to = SystemTime::now();
            let mut extensions = span.extensions_mut();
            if extensions.get_mut::<EventLog>().is_none() {
                extensions.insert(EventLog::default());
            }
            if let Some(log) = extensions.get_mut::<EventLog>() {
                log.add(mine.from, to, &mine.attribution);
            }
        }
    }

    fn on_close(&self, _: Id, _: Context<'_, S>) {
        in_progress::set_in_callback(false);
        // The closing span stays: this may be the end of another wrapped layer, before that of
        // OpenTelemetry. Its id is compared, and the next close replaces the span.
        OpenTelemetryIds::forget();
    }
}
