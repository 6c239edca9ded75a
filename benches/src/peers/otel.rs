//! OpenTelemetry: context, baggage, and spans of `tracing` through `tracing-opentelemetry`.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context, ContextGuard, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider, SpanData, SpanExporter,
};
use tracing::Subscriber;
use tracing::subscriber::set_global_default;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

use crate::benchmark::{Benchmark, Role};
use crate::failure::Failure;
use crate::meter::Meter;
use crate::rows::contention::{self, Logins, READ_BESIDE_FAST_LOGINS, READ_BESIDE_LOGINS};
use crate::rows::future_sizes::{STATE, holding};
use crate::rows::inputs::{ID, SESSION, SESSION_UUID, TAGS, UUID};
use crate::rows::polls::{LIFE_0, LIFE_10, PENDING, complete, pending, pending_times, poll};
use crate::rows::{integrations, polls, reads, scopes, spans};
use crate::setup::{Collector, Setup};

/// The layer without location, threads, target and inactivity, and a batch processor with a queue
/// that is long enough for all spans.
pub(crate) const LEAN: Setup = Setup {
    name: "otel-lean",
    install: |_| install(true, true, Whose::Absent),
};

/// The layer with its default fields and a queue that is long enough for all spans.
pub(crate) const DEFAULT: Setup = Setup {
    name: "otel",
    install: |_| install(false, true, Whose::Absent),
};

/// The layer with its default fields and the default queue of 2,048 spans.
pub(crate) const SHORT_QUEUE: Setup = Setup {
    name: "otel-short-queue",
    install: |_| install(false, false, Whose::Absent),
};

/// The layer of `whose` beside the layer with its default fields: OpenTelemetry knows no user.
pub(crate) const BESIDE_WHOSE: Setup = Setup {
    name: "otel-beside-whose",
    install: |_| install(false, true, Whose::Beside),
};

/// The layer with its default fields inside `whose_opentelemetry::layer`.
pub(crate) const WITH_WHOSE: Setup = Setup {
    name: "otel-with-whose",
    install: |_| install(false, true, Whose::Around),
};

/// What of this project is installed.
enum Whose {
    Absent,
    Beside,
    Around,
}

/// An exporter that counts spans and drops them.
#[derive(Debug)]
struct Count(Arc<AtomicU64>);

impl SpanExporter for Count {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0
            .fetch_add(black_box(batch).len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// The length of a queue that loses no span.
const LONG_QUEUE: usize = 4_000_000;

fn install(lean: bool, long_queue: bool, whose: Whose) -> Result<Collector, Failure> {
    let count = Arc::new(AtomicU64::new(0));
    let mut config = BatchConfigBuilder::default().with_scheduled_delay(Duration::from_millis(500));
    if long_queue {
        config = config.with_max_queue_size(LONG_QUEUE);
    }
    let processor = BatchSpanProcessor::builder(Count(Arc::clone(&count)))
        .with_batch_config(config.build())
        .build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(processor)
        .build();
    let registry = tracing_subscriber::registry();
    match whose {
        Whose::Absent => set_global_default(registry.with(layer(&provider, lean)))?,
        Whose::Beside => {
            set_global_default(registry.with(whose::layer()).with(layer(&provider, lean)))?;
        }
        Whose::Around => {
            let around = whose_opentelemetry::layer(layer(&provider, lean));
            set_global_default(registry.with(whose::layer()).with(around))?;
        }
    }
    Ok(Collector {
        flush: Box::new(move || provider.force_flush().is_ok()),
        delivered: Box::new(move || Some(count.load(Ordering::Relaxed))),
    })
}

fn layer<S>(provider: &SdkTracerProvider, lean: bool) -> OpenTelemetryLayer<S, SdkTracer>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("whose-benches"));
    if !lean {
        return layer;
    }
    layer
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
}

/// The user as a value of the context.
#[derive(Debug)]
struct UserId(Arc<str>);

fn value(id: &str) -> ContextGuard {
    Context::current_with_value(UserId(Arc::from(id))).attach()
}

fn user_session_baggage(user: &str, session: &str) -> ContextGuard {
    let user = KeyValue::new("user.id", black_box(user).to_owned());
    let session = KeyValue::new("session.id", black_box(session).to_owned());
    Context::map_current(|cx| cx.with_baggage([user, session])).attach()
}

fn baggage(id: &str) -> ContextGuard {
    baggage_of(id).attach()
}

fn baggage_of(id: &str) -> Context {
    let user = KeyValue::new("user.id", id.to_owned());
    Context::map_current(|cx| cx.with_baggage([user]))
}

fn full_baggage(user: &str, session: &str) -> ContextGuard {
    let user = KeyValue::new("user.id", black_box(user).to_owned());
    let session = KeyValue::new("session.id", black_box(session).to_owned());
    let tags = TAGS.map(|(key, value)| KeyValue::new(key, black_box(value).to_owned()));
    let all = [user, session].into_iter().chain(tags);
    Context::map_current(|cx| cx.with_baggage(all)).attach()
}

/// Attaches and detaches a context.
pub(super) fn enter() {
    drop(value(black_box(ID)));
}

/// Creates a context with the user in its baggage.
pub(super) fn baggage_context() -> Context {
    baggage_of(black_box(ID))
}

/// Creates a context with the user as a value.
pub(super) fn context() -> Context {
    Context::current_with_value(UserId(Arc::from(black_box(ID))))
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let mut benchmarks = scope_benchmarks();
    benchmarks.extend(read_benchmarks());
    let polled = |case, run| Benchmark::new(polls::ROW, Role::Peer, case, "OTel with_context", run);
    benchmarks.extend([
        polled(PENDING, |m| poll(m, pending().with_context(context()))),
        polled(LIFE_0, |m| life(m, 0)),
        polled(LIFE_10, |m| life(m, 10)),
    ]);
    for (setup, name) in [
        (
            BESIDE_WHOSE,
            "#[whose::trace(user_id)] beside OTel, which has no user",
        ),
        (WITH_WHOSE, "#[whose::trace(user_id)] into OTel"),
    ] {
        let runs = spans::traced_user_runs();
        let cases = spans::three_cases(Role::Ours, spans::COLLECTED_USER, name, runs);
        benchmarks.extend(cases.map(|benchmark| benchmark.with_setup(setup, 1)));
    }
    let request = |role, name, run, setup| {
        Benchmark::new(integrations::ROW, role, integrations::OTEL, name, run)
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
            "tracing + OTel, fields by hand",
            |m| m.time(integrations::by_fields),
            DEFAULT,
        ),
    ]);
    benchmarks
}

fn scope_benchmarks() -> Vec<Benchmark> {
    let with_value = |case, run| Benchmark::new(scopes::ROW, Role::Peer, case, "OTel value", run);
    let with_baggage =
        |case, run| Benchmark::new(scopes::ROW, Role::Peer, case, "OTel baggage", run);
    vec![
        with_value(scopes::STR_18, |m| m.time(|| drop(value(black_box(ID))))),
        with_baggage(scopes::STR_18, |m| m.time(|| drop(baggage(black_box(ID))))),
        with_value(scopes::STR_36, |m| m.time(|| drop(value(black_box(UUID))))),
        with_baggage(scopes::STR_36, |m| {
            m.time(|| drop(baggage(black_box(UUID))))
        }),
        with_value(scopes::MOVED, |m| {
            m.time_on(context, |cx| drop(cx.attach()));
        }),
        with_value(scopes::CLONED, |m| cloned(m, ID)),
        with_value(scopes::CLONED_UUID, |m| cloned(m, UUID)),
        with_baggage(scopes::FULL, |m| m.time(|| drop(full_baggage(ID, SESSION)))),
        with_baggage(scopes::UUIDS, |m| {
            m.time(|| drop(user_session_baggage(UUID, SESSION_UUID)));
        }),
        with_baggage(scopes::UUIDS_TAGS, |m| {
            m.time(|| drop(full_baggage(UUID, SESSION_UUID)));
        }),
        with_value(scopes::NESTED, |m| {
            m.time(|| {
                let _a = value(black_box(ID));
                let _b = value(black_box(ID));
                let _c = value(black_box(ID));
            });
        }),
    ]
}

fn read_benchmarks() -> Vec<Benchmark> {
    let with_value = |case, run| Benchmark::new(reads::ROW, Role::Peer, case, "OTel value", run);
    let with_baggage =
        |case, run| Benchmark::new(reads::ROW, Role::Peer, case, "OTel baggage", run);
    let beside_logins = |case, run| {
        Benchmark::new(contention::ROW, Role::Peer, case, "OTel value", run)
            .with_thread_allocations()
    };
    vec![
        with_value(reads::USER_ID, |m| {
            let _cx = value(ID);
            m.time(user_id_len);
        }),
        beside_logins(READ_BESIDE_LOGINS, |m| read_beside_logins(m, Logins::Paced)),
        beside_logins(READ_BESIDE_FAST_LOGINS, |m| {
            read_beside_logins(m, Logins::Continuous)
        }),
        with_baggage(reads::USER_ID, |m| {
            let _cx = baggage(ID);
            m.time(|| {
                Context::map_current(|cx| {
                    let id = cx.baggage().get("user.id");
                    id.map(|id| black_box(id).as_str().len())
                })
            });
        }),
        with_value(reads::WHOLE, |m| {
            let _cx = value(ID);
            m.time(Context::current);
        }),
        with_baggage(reads::WHOLE, |m| {
            let _cx = baggage(ID);
            m.time(|| {
                Context::map_current(|cx| {
                    let all = cx.baggage().iter();
                    all.map(|(key, (value, _))| (key.clone(), value.clone()))
                        .collect::<Vec<_>>()
                })
            });
        }),
    ]
}

fn user_id_len() -> Option<usize> {
    Context::map_current(|cx| cx.get::<UserId>().map(|id| black_box(id).0.len()))
}

fn read_beside_logins(meter: &mut Meter, logins: Logins) {
    logins.run_beside(
        |id| drop(value(id)),
        || {
            let _cx = value(ID);
            meter.time(user_id_len);
        },
    );
}

fn cloned(meter: &mut Meter, id: &str) {
    let cx = Context::current_with_value(UserId(Arc::from(id)));
    meter.time(|| drop(black_box(&cx).clone().attach()));
}

fn life(meter: &mut Meter, times: u32) {
    meter.time(|| complete(pending_times(black_box(times)).with_context(context())));
}

pub(super) fn future_size() -> usize {
    size_of_val(&holding(STATE).with_context(context()))
}
