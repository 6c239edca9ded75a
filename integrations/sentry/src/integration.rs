//! The integration of Sentry's client.

use std::sync::Arc;

use sentry_core::protocol::{Breadcrumb, Event, Log, LogAttribute, Map, Metric};
use sentry_core::{ClientOptions, Hub};
use tracing::callsite::{Callsite, Identifier};
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata};
use whose::names::attribution as names;
use whose::{Attribution, SpanAttributions};

use crate::breadcrumbs;
use crate::convert::{self, Part};
use crate::in_progress::{self, Seen};
use crate::warnings::{self, Warning};

/// The integration that attributes events, logs, metrics and breadcrumbs.
///
/// Add the integration to the [`ClientOptions`] beside [`layer`](crate::layer()). Events of
/// `sentry-tracing` then have the user of their `tracing` event. Everything else, such as
/// `sentry::capture_message`, a panic and a manual log, has the user of the code that captures it.
///
/// ```
/// let options = sentry::ClientOptions::new().add_integration(whose_sentry::Integration::new());
/// let events = sentry::test::with_captured_events_options(
///     || {
///         whose::user("alice").session("s-1").in_scope(|| {
///             sentry::capture_message("hello", sentry::Level::Info);
///         });
///     },
///     options,
/// );
/// assert_eq!(events[0].user.as_ref().unwrap().id.as_deref(), Some("alice"));
/// assert_eq!(events[0].tags["session.id"], "s-1");
/// ```
///
/// # Breadcrumbs
/// Sentry keeps breadcrumbs on the hub, which tasks share. The integration removes a breadcrumb from
/// an event of another user, and from an event of another request without a user.
///
/// # Transactions
/// A client has no hook for transactions. Those of `tracing` spans get their user from
/// [`layer`](crate::layer()). A transaction that the application starts itself
/// (`sentry::start_transaction`) keeps the user of its hub.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Integration {}

impl Integration {
    /// Creates the integration.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the client of the current hub has the integration.
    pub(crate) fn is_on_current_hub() -> bool {
        Hub::current().with_integration::<Self, _, bool>(|_| true)
    }
}

impl sentry_core::Integration for Integration {
    fn name(&self) -> &'static str {
        "whose"
    }

    fn setup(&self, options: &mut ClientOptions) {
        let before = options.before_breadcrumb.take();
        options.before_breadcrumb = Some(Arc::new(move |mut crumb: Breadcrumb| {
            let category = crumb.category.as_deref();
            breadcrumbs::stamp(
                &mut crumb.data,
                &attribution(Seen::Breadcrumb { category }).0,
            );
            match &before {
                Some(before) => before(crumb),
                None => Some(crumb),
            }
        }));
        let before = options.before_send_log.take();
        options.before_send_log = Some(Arc::new(move |mut log: Log| {
            let origin = log.attributes.get("sentry.origin");
            let is_of_tracing = origin.is_some_and(|it| it.0 == "auto.tracing");
            let (attribution, _) = attribution(Seen::Log { is_of_tracing });
            write_attributes(&mut log.attributes, &attribution);
            match &before {
                Some(before) => before(log),
                None => Some(log),
            }
        }));
        let before = options.before_send_metric.take();
        options.before_send_metric = Some(Arc::new(move |mut metric: Metric| {
            let (attribution, _) = attribution(Seen::Log {
                is_of_tracing: false,
            });
            write_attributes(&mut metric.attributes, &attribution);
            match &before {
                Some(before) => before(metric),
                None => Some(metric),
            }
        }));
    }

    fn process_event(
        &self,
        mut event: Event<'static>,
        options: &ClientOptions,
    ) -> Option<Event<'static>> {
        let logger = event.logger.as_deref();
        let (attribution, is_reported) = attribution(Seen::Event { logger });
        if is_reported {
            warnings::defer(Warning::ReportedTwice);
            return None;
        }
        in_progress::mark_captured();
        convert::apply_to_event(&mut event, &attribution);
        breadcrumbs::keep_own(
            &mut event.breadcrumbs.values,
            &attribution,
            options.max_breadcrumbs,
        );
        Some(event)
    }
}

/// The attribution of what is in progress on this thread, or else of the calling code; and whether a
/// sink has already reported the event.
fn attribution(seen: Seen<'_>) -> (Attribution, bool) {
    in_progress::attribution_of(seen).unwrap_or_else(|| (current(), false))
}

/// An event without fields. Its attribution is that of the calling code, with the policies applied.
struct Site;

static SITE: Site = Site;
static METADATA: Metadata<'static> = Metadata::new(
    "current",
    "whose_sentry",
    Level::INFO,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&SITE)),
    Kind::EVENT,
);

impl Callsite for Site {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &METADATA
    }
}

fn current() -> Attribution {
    let values = METADATA.fields().value_set_all(&[]);
    let event = tracing::Event::new(&METADATA, &values);
    SpanAttributions::default().attribution_of_event(&event)
}

/// The names that Sentry's scope writes for its own user.
const OF_SCOPE: [&str; 3] = [names::USER_ID, names::USER_NAME, names::USER_EMAIL];

/// Puts an attribution on a log or a metric.
fn write_attributes<K>(attributes: &mut Map<K, LogAttribute>, attribution: &Attribution)
where
    K: Ord + From<String> + std::borrow::Borrow<str>,
{
    if convert::is_decided(attribution) {
        for name in OF_SCOPE {
            attributes.remove(name);
        }
    }
    attribution.visit_attributes(|name, value| {
        let key = match Part::of(name) {
            Part::Data => return,
            Part::Tag(key) => key,
            Part::User | Part::Identity => name,
        };
        attributes.insert(
            key.to_owned().into(),
            LogAttribute(convert::json_of_attribute(value)),
        );
    });
}
