//! Sentry: hubs, scopes, and spans of `tracing` through `sentry-tracing`.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sentry_core::protocol::EnvelopeItem;
use sentry_core::{Client, ClientOptions, Envelope, Hub, SentryFutureExt, Transport, User};
use tracing::subscriber::set_global_default;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;

use crate::benchmark::{Benchmark, Role};
use crate::failure::Failure;
use crate::meter::Meter;
use crate::rows::future_sizes::{STATE, holding};
use crate::rows::inputs::{ID, SESSION, TAGS, UUID};
use crate::rows::polls::{LIFE_0, LIFE_10, PENDING, complete, pending, pending_times, poll};
use crate::rows::{integrations, polls, reads, scopes, spans};
use crate::setup::{Collector, FLUSH_TIMEOUT, Setup};

/// A client that samples every trace, and the layer for spans.
pub(crate) const SETUP: Setup = Setup {
    name: "sentry",
    install: |_| install(),
};

/// A transport that counts spans and drops them.
#[derive(Default)]
struct Count(AtomicU64);

impl Transport for Count {
    fn send_envelope(&self, envelope: Envelope) {
        for item in envelope.items() {
            if let EnvelopeItem::Transaction(transaction) = item {
                self.0
                    .fetch_add(1 + transaction.spans.len() as u64, Ordering::Relaxed);
            }
        }
    }
}

/// The same layer beside the layer of `whose`, so that both do their own work.
pub(crate) const BESIDE_WHOSE: Setup = Setup {
    name: "sentry-beside-whose",
    install: |_| {
        let (spans, collector) = parts(ClientOptions::new());
        let layers = tracing_subscriber::registry().with(whose::layer());
        set_global_default(layers.with(spans))?;
        Ok(collector)
    },
};

/// The same layer inside `whose_sentry::layer`.
pub(crate) const WITH_WHOSE: Setup = Setup {
    name: "sentry-with-whose",
    install: |_| {
        let integration = whose_sentry::Integration::new();
        let (spans, collector) = parts(ClientOptions::new().add_integration(integration));
        let layers = tracing_subscriber::registry().with(whose::layer());
        set_global_default(layers.with(whose_sentry::layer(spans)))?;
        Ok(collector)
    },
};

fn install() -> Result<Collector, Failure> {
    let (spans, collector) = parts(ClientOptions::new());
    set_global_default(tracing_subscriber::registry().with(spans))?;
    Ok(collector)
}

/// Binds a client, and returns the layer for spans and what the client sent.
fn parts<S>(options: ClientOptions) -> (impl Layer<S> + Send + Sync, Collector)
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a> + 'static,
{
    let count = Arc::new(Count::default());
    let transport = Arc::clone(&count);
    let options = options
        .dsn("https://key@localhost/1")
        .traces_sample_rate(1.0)
        .transport(move |_: &ClientOptions| Arc::clone(&transport) as Arc<dyn Transport>);
    let client = Arc::new(Client::from(options));
    Hub::main().bind_client(Some(Arc::clone(&client)));
    let spans = sentry_tracing::SpanLayer::new().with_filter(LevelFilter::INFO);
    let collector = Collector {
        flush: Box::new(move || client.flush(Some(FLUSH_TIMEOUT))),
        delivered: Box::new(move || Some(count.0.load(Ordering::Relaxed))),
    };
    (spans, collector)
}

fn user(id: &str) -> Option<User> {
    Some(User {
        id: Some(id.into()),
        ..User::default()
    })
}

/// Creates a hub with that user.
pub(super) fn hub(id: &str) -> Arc<Hub> {
    let hub = Arc::new(Hub::new_from_top(Hub::current()));
    hub.configure_scope(|scope| scope.set_user(user(id)));
    hub
}

fn in_hub<R>(f: impl FnOnce() -> R) -> R {
    Hub::run(hub(black_box(ID)), f)
}

/// Creates a benchmark with a bound client, which scopes need; it makes no spans.
fn with_client(
    row: &'static str,
    case: &'static str,
    name: &'static str,
    run: fn(&mut Meter),
) -> Benchmark {
    Benchmark::new(row, Role::Peer, case, name, run).with_setup(SETUP, 0)
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let mut benchmarks = scope_benchmarks();
    benchmarks.extend([
        with_client(reads::ROW, reads::USER_ID, "Sentry configure_scope", |m| {
            in_hub(|| {
                m.time(|| {
                    sentry_core::configure_scope(|scope| {
                        scope
                            .user()
                            .and_then(|user| user.id.as_ref())
                            .map(|id| black_box(id).len())
                    })
                });
            });
        }),
        with_client(reads::ROW, reads::WHOLE, "Sentry user, cloned", |m| {
            in_hub(|| m.time(|| sentry_core::configure_scope(|scope| scope.user().cloned())));
        }),
        with_client(polls::ROW, PENDING, "Sentry bind_hub", |m| {
            poll(m, pending().bind_hub(hub(ID)))
        }),
        with_client(polls::ROW, LIFE_0, "Sentry bind_hub", |m| life(m, 0)),
        with_client(polls::ROW, LIFE_10, "Sentry bind_hub", |m| life(m, 10)),
    ]);
    for (setup, name) in [
        (
            BESIDE_WHOSE,
            "#[whose::trace(user_id)] beside Sentry, which has no user",
        ),
        (WITH_WHOSE, "#[whose::trace(user_id)] into Sentry"),
    ] {
        let runs = spans::traced_user_runs();
        let cases = spans::three_cases(Role::Ours, spans::COLLECTED_USER, name, runs);
        benchmarks.extend(cases.map(|benchmark| benchmark.with_setup(setup, 1)));
    }
    let request = |role, name, run, setup| {
        Benchmark::new(integrations::ROW, role, integrations::SENTRY, name, run)
            .with_setup(setup, integrations::SPANS)
    };
    benchmarks.extend([
        request(
            Role::Ours,
            "whose scope",
            |m| m.time(integrations::in_scope),
            WITH_WHOSE,
        ),
        request(
            Role::Peer,
            "sentry-tracing, scope and fields by hand",
            |m| m.time(request_by_hand),
            SETUP,
        ),
    ]);
    benchmarks
}

/// A request with the user and the session in Sentry's scope, for the transaction, and on the spans
/// inside, which do not take them from the scope.
fn request_by_hand() {
    let hub = hub(black_box(ID));
    hub.configure_scope(|scope| scope.set_tag("session.id", black_box(SESSION)));
    Hub::run(hub, integrations::by_fields_of_inner_spans);
}

fn scope_benchmarks() -> Vec<Benchmark> {
    let scope = |case, name, run| with_client(scopes::ROW, case, name, run);
    vec![
        scope(scopes::STR_18, "Sentry new hub", |m| {
            m.time(|| in_hub(|| black_box(())))
        }),
        scope(scopes::STR_18, "Sentry with_scope", |m| {
            m.time(|| with_scope(black_box(ID)))
        }),
        scope(scopes::STR_36, "Sentry new hub", |m| {
            m.time(|| Hub::run(hub(black_box(UUID)), || black_box(())));
        }),
        scope(scopes::MOVED, "Sentry hub", |m| {
            m.time_on(|| hub(ID), |hub| Hub::run(hub, || black_box(())));
        }),
        scope(scopes::CLONED, "Sentry hub", |m| {
            let hub = hub(ID);
            m.time(|| Hub::run(Arc::clone(black_box(&hub)), || black_box(())));
        }),
        scope(scopes::FULL, "Sentry with_scope", |m| m.time(full)),
        scope(scopes::NESTED, "Sentry new hub", |m| {
            m.time(|| in_hub(|| in_hub(|| in_hub(|| black_box(())))));
        }),
    ]
}

fn with_scope(id: &str) {
    sentry_core::with_scope(|scope| scope.set_user(user(id)), || black_box(()));
}

fn full() {
    let configure = |scope: &mut sentry_core::Scope| {
        scope.set_user(user(black_box(ID)));
        scope.set_tag("session.id", black_box(SESSION));
        for (key, value) in TAGS {
            scope.set_tag(key, black_box(value));
        }
    };
    sentry_core::with_scope(configure, || black_box(()));
}

fn life(meter: &mut Meter, times: u32) {
    meter.time(|| complete(pending_times(black_box(times)).bind_hub(hub(black_box(ID)))));
}

pub(super) fn future_size() -> usize {
    size_of_val(&holding(STATE).bind_hub(Hub::current()))
}
