//! OpenTelemetry: its context, its baggage, and spans of `tracing` by tracing-opentelemetry.

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
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter,
};
use tracing::subscriber::set_global_default;
use tracing_subscriber::layer::SubscriberExt;

use crate::failure::Failure;
use crate::meter::Meter;
use crate::op::{Op, Role};
use crate::rows::polls::{LIFE_0, LIFE_10, PENDING, complete, pending, pending_times, poll};
use crate::rows::sizes::{STATE, holding};
use crate::rows::{ID, LONG_ID, SESSION, TAGS, polls, reads, scopes};
use crate::setup::Collector;

/// An exporter that counts and drops.
#[derive(Debug)]
struct Count(Arc<AtomicU64>);

impl SpanExporter for Count {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0
            .fetch_add(black_box(batch).len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// How many spans wait at most where none may be lost.
const LONG_QUEUE: usize = 4_000_000;

/// The layer with a batch processor: lean or with its defaults, with a long queue or its default.
pub(super) fn install(lean: bool, long_queue: bool) -> Result<Collector, Failure> {
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
    let mut layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("whose-benches"));
    if lean {
        layer = layer
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
    }
    set_global_default(tracing_subscriber::registry().with(layer))?;
    Ok(Collector {
        flush: Box::new(move || provider.force_flush().is_ok()),
        delivered: Box::new(move || Some(count.load(Ordering::Relaxed))),
    })
}

/// The user as a value of the context.
#[derive(Debug)]
struct UserId(Arc<str>);

fn value(id: &str) -> ContextGuard {
    Context::current_with_value(UserId(Arc::from(id))).attach()
}

fn baggage(id: &str) -> ContextGuard {
    baggage_of(id).attach()
}

fn baggage_of(id: &str) -> Context {
    let user = KeyValue::new("user.id", id.to_owned());
    Context::map_current(|cx| cx.with_baggage([user]))
}

fn full_baggage() -> ContextGuard {
    let user = KeyValue::new("user.id", black_box(ID).to_owned());
    let session = KeyValue::new("session.id", black_box(SESSION).to_owned());
    let tags = TAGS.map(|(key, value)| KeyValue::new(key, black_box(value).to_owned()));
    let all = [user, session].into_iter().chain(tags);
    Context::map_current(|cx| cx.with_baggage(all)).attach()
}

/// Attaches and detaches a context.
pub(super) fn enter() {
    drop(value(black_box(ID)));
}

/// A context with the user in its baggage.
pub(super) fn baggage_context() -> Context {
    baggage_of(black_box(ID))
}

/// A context with the user as a value.
pub(super) fn context() -> Context {
    Context::current_with_value(UserId(Arc::from(black_box(ID))))
}

pub(super) fn ops() -> Vec<Op> {
    let mut ops = scope_ops();
    ops.extend(read_ops());
    let polled = |case, run| Op::quiet(polls::ROW, Role::Peer, case, "OTel with_context", run);
    ops.extend([
        polled(PENDING, |m| poll(m, pending().with_context(context()))),
        polled(LIFE_0, |m| life(m, 0)),
        polled(LIFE_10, |m| life(m, 10)),
    ]);
    ops
}

fn scope_ops() -> Vec<Op> {
    let value_op = |case, run| Op::quiet(scopes::ROW, Role::Peer, case, "OTel value", run);
    let baggage_op = |case, run| Op::quiet(scopes::ROW, Role::Peer, case, "OTel baggage", run);
    vec![
        value_op(scopes::STR_18, |m| m.time(|| drop(value(black_box(ID))))),
        baggage_op(scopes::STR_18, |m| m.time(|| drop(baggage(black_box(ID))))),
        value_op(scopes::STR_36, |m| {
            m.time(|| drop(value(black_box(LONG_ID))))
        }),
        baggage_op(scopes::STR_36, |m| {
            m.time(|| drop(baggage(black_box(LONG_ID))))
        }),
        value_op(scopes::MOVED, |m| {
            m.time_on(context, |cx| drop(cx.attach()));
        }),
        value_op(scopes::BORROWED, |m| {
            let cx = context();
            m.time(|| drop(black_box(&cx).clone().attach()));
        }),
        baggage_op(scopes::FULL, |m| m.time(|| drop(full_baggage()))),
        value_op(scopes::NESTED, |m| {
            m.time(|| {
                let _a = value(black_box(ID));
                let _b = value(black_box(ID));
                let _c = value(black_box(ID));
            });
        }),
    ]
}

fn read_ops() -> Vec<Op> {
    let value_op = |case, run| Op::quiet(reads::ROW, Role::Peer, case, "OTel value", run);
    let baggage_op = |case, run| Op::quiet(reads::ROW, Role::Peer, case, "OTel baggage", run);
    vec![
        value_op(reads::USER_ID, |m| {
            let _cx = value(ID);
            m.time(|| {
                Context::map_current(|cx| cx.get::<UserId>().map(|id| black_box(id).0.len()))
            });
        }),
        baggage_op(reads::USER_ID, |m| {
            let _cx = baggage(ID);
            m.time(|| {
                Context::map_current(|cx| {
                    let id = cx.baggage().get("user.id");
                    id.map(|id| black_box(id).as_str().len())
                })
            });
        }),
        value_op(reads::WHOLE, |m| {
            let _cx = value(ID);
            m.time(Context::current);
        }),
        baggage_op(reads::WHOLE, |m| {
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

fn life(meter: &mut Meter, times: u32) {
    meter.time(|| complete(pending_times(black_box(times)).with_context(context())));
}

pub(super) fn size() -> usize {
    size_of_val(&holding(STATE).with_context(context()))
}
