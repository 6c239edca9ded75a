//! The sink that reports errors.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use sentry_core::{Client, Hub};
use tracing::Level;
use whose::names::exception::REPORTING;
use whose::{FlushOutcome, Record, RecordSink, RecordType};

use crate::integration::Integration;
use crate::warnings::{self, Warning};
use crate::{convert, error_event, in_progress};

/// Creates a sink that reports the errors of `whose` to Sentry.
///
/// Use the sink in place of the `ErrorLayer` of `sentry-tracing`. An event of Sentry then has what the
/// record has: type, message and causes, fingerprint, breadcrumbs, feature flags, fields, service, and
/// the user by the policy.
///
/// Reported are errors and messages ([`whose::capture_error`], [`whose::capture_message`],
/// `#[whose::trace(err)]`, log lines with an error) and every other event of level `ERROR`. A panic
/// is left to Sentry's own panic integration where the client has it.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// let events = sentry::test::with_captured_events(|| {
///     let subscriber = tracing_subscriber::registry()
///         .with(whose::layer().with_sink(whose_sentry::sink()));
///     tracing::subscriber::with_default(subscriber, || {
///         whose::user("alice").in_scope(|| {
///             whose::capture_error(&std::io::Error::other("card declined"));
///         });
///     });
/// });
/// assert_eq!(events[0].exception.last().unwrap().value.as_deref(), Some("card declined"));
/// assert_eq!(events[0].user.as_ref().unwrap().id.as_deref(), Some("alice"));
/// ```
#[must_use]
pub fn sink() -> Sink {
    Sink {
        dropped: AtomicU64::new(0),
    }
}

/// A sink that reports errors to Sentry: see [`sink()`].
///
/// The client of the current hub sends the events, or that of the main hub where the current hub has
/// none. A record without any client is dropped and counted in [`whose::sinks`].
#[derive(Debug)]
pub struct Sink {
    dropped: AtomicU64,
}

impl RecordSink for Sink {
    fn record(&self, record: &Arc<Record>) {
        if !is_reported(record) {
            return;
        }
        if in_progress::take_captured(record.call_site()) {
            warnings::defer(Warning::WrongOrder);
            return;
        }
        let Some((hub, client)) = hub() else {
            self.dropped.fetch_add(1, Relaxed);
            warnings::defer(Warning::NoClient);
            return;
        };
        if record.error_type() == Some("panic") && reports_panics(&client) {
            return;
        }
        let mut event = error_event::event_of(record);
        let options = client.options();
        if options.release.is_some() {
            event.release = None;
        }
        if hub.configure_scope(|scope| scope.get_span()).is_none() {
            error_event::add_trace(&mut event, record);
        }
        if !client_has_integration(&hub) {
            convert::apply_to_event(&mut event, record.attribution());
        }
        in_progress::with_record(record.attribution(), record.call_site(), || {
            hub.capture_event(event);
        });
    }

    fn flush(&self, timeout: Duration) -> FlushOutcome {
        warnings::flush();
        let is_safe = hub().is_none_or(|(_, client)| client.flush(Some(timeout)));
        if is_safe {
            FlushOutcome::SAFE
        } else {
            FlushOutcome::UNSAFE
        }
    }

    fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    fn name(&self) -> &str {
        "sentry"
    }
}

/// The hub that sends, with its client.
fn hub() -> Option<(Arc<Hub>, Arc<Client>)> {
    [Hub::current(), Hub::main()].into_iter().find_map(|hub| {
        let client = hub.client().filter(|client| client.is_enabled())?;
        Some((hub, client))
    })
}

fn client_has_integration(hub: &Hub) -> bool {
    hub.with_integration::<Integration, _, bool>(|_| true)
}

/// Whether Sentry's own integration reports panics, with a stack trace.
fn reports_panics(client: &Client) -> bool {
    let mut integrations = client.options().integrations.iter();
    integrations.any(|integration| integration.name() == "panic")
}

/// Whether the record is an error, or a line about one that is not recorded already.
fn is_reported(record: &Record) -> bool {
    match record.record_type() {
        RecordType::Error => true,
        RecordType::Event => {
            let is_propagated = || REPORTING.iter().any(|name| record.field(name).is_some());
            record.level() == Level::ERROR && record.error_type().is_none() && !is_propagated()
        }
        _ => false,
    }
}
