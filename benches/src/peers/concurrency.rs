//! Rows `contention` and `memory`: the peers on several threads, in many tasks, and in memory.

use std::future::Future;
use std::sync::Arc;

use fastrace::Span;
use fastrace::collector::SpanContext;
use opentelemetry::Context;
use opentelemetry::context::FutureExt;
use sentry_core::SentryFutureExt;
use whose::{Scope, ScopeExt};

use super::tracing::{FMT_JSON, NOOP};
use super::{otel, sentry};
use crate::benchmark::{Benchmark, Role};
use crate::meter::Meter;
use crate::rows::contention::{ROW, SCOPES, SPANS, TASKS};
use crate::rows::inputs::ID;
use crate::rows::memory::{
    self, CONTEXTS, FUTURES, LIVE_VALUES, SPANS_MADE, SPANS_PER_FLUSH, retain_spans,
};
use crate::rows::polls::pending;
use crate::setup::Setup;

/// Live tasks.
const LIVE_TASKS: usize = 10_000;
/// Scopes that the tasks share.
const SHARED_SCOPES: usize = 100;
/// Spans of each thread in a sample: `fastrace` keeps 10,240 spans of a parent.
const SPANS_PER_THREAD: u64 = 4_000;

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    [threads(), live_tasks(), contexts(), after_spans()].concat()
}

fn threads() -> Vec<Benchmark> {
    let peer = |case, name, run| Benchmark::new(ROW, Role::Peer, case, name, run);
    let mut benchmarks = vec![
        peer(SCOPES[0], "tokio sync_scope", |m| {
            m.time_threads(1, super::tokio::enter)
        })
        .with_operations(20_000),
        peer(SCOPES[1], "tokio sync_scope", |m| {
            m.time_threads(2, super::tokio::enter)
        })
        .with_operations(20_000),
        peer(SCOPES[0], "OTel value", |m| m.time_threads(1, otel::enter)).with_operations(20_000),
        peer(SCOPES[1], "OTel value", |m| m.time_threads(2, otel::enter)).with_operations(20_000),
    ];
    let instrumented: [fn(&mut Meter); 2] = [
        |m| m.time_threads(1, super::tracing::span),
        |m| m.time_threads(2, super::tracing::span),
    ];
    let collectors = [
        (Role::Floor, NOOP, Setup::NOOP),
        (Role::Peer, "tracing + OTel, lean", otel::LEAN),
        (Role::Peer, "tracing fmt, JSON to a file", FMT_JSON),
        (Role::Peer, "sentry-tracing", sentry::SETUP),
    ];
    for (role, name, setup) in collectors {
        for (case, run) in SPANS.into_iter().zip(instrumented) {
            let benchmark = Benchmark::new(ROW, role, case, name, run);
            benchmarks.push(
                benchmark
                    .with_setup(setup, 1)
                    .with_operations(SPANS_PER_THREAD),
            );
        }
    }
    let fastrace: [fn(&mut Meter); 2] = [
        |m| super::fastrace::trace_on_threads(m, 1),
        |m| super::fastrace::trace_on_threads(m, 2),
    ];
    for (case, run) in SPANS.into_iter().zip(fastrace) {
        let op = peer(case, "fastrace", run).with_setup(super::fastrace::SETUP, 1);
        benchmarks.push(op.with_operations(SPANS_PER_THREAD));
    }
    benchmarks
}

/// Yields `times` times.
async fn yielding(times: u64) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

/// Measures one poll of a task while many live tasks, wrapped by `wrap`, are polled in turn.
fn polls<F>(meter: &mut Meter, wrap: impl Fn(usize, u64) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let rounds = meter.operations().div_ceil(LIVE_TASKS as u64).max(1);
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else {
        return;
    };
    let local = tokio::task::LocalSet::new();
    for task in 0..LIVE_TASKS {
        local.spawn_local(wrap(task, rounds));
    }
    meter.around(rounds * LIVE_TASKS as u64, || runtime.block_on(local));
}

fn live_tasks() -> Vec<Benchmark> {
    let contender =
        |role, name, run| Benchmark::new(ROW, role, TASKS, name, run).with_operations(100_000);
    vec![
        contender(Role::Ours, "whose with_scope", |m| {
            let shared: Vec<Scope> = (0..SHARED_SCOPES).map(|_| Scope::isolated()).collect();
            polls(m, |task, times| {
                yielding(times).with_scope(shared[task % SHARED_SCOPES].clone())
            });
        }),
        contender(Role::Floor, "plain tasks", |m| {
            polls(m, |_, times| yielding(times))
        }),
        contender(Role::Peer, "tokio scope", |m| {
            let shared: Vec<Arc<str>> = (0..SHARED_SCOPES).map(|_| ID.into()).collect();
            polls(m, |task, times| {
                super::tokio::scoped_future(
                    Arc::clone(&shared[task % SHARED_SCOPES]),
                    yielding(times),
                )
            });
        }),
        contender(Role::Peer, "OTel with_context", |m| {
            let shared: Vec<Context> = (0..SHARED_SCOPES).map(|_| otel::context()).collect();
            polls(m, |task, times| {
                yielding(times).with_context(shared[task % SHARED_SCOPES].clone())
            });
        }),
        contender(Role::Peer, "Sentry bind_hub", |m| {
            let shared: Vec<_> = (0..SHARED_SCOPES).map(|_| sentry::hub(ID)).collect();
            polls(m, |task, times| {
                yielding(times).bind_hub(Arc::clone(&shared[task % SHARED_SCOPES]))
            });
        })
        .with_setup(sentry::SETUP, 0),
    ]
}

fn contexts() -> Vec<Benchmark> {
    let peer = |case, name, run| {
        Benchmark::new(memory::ROW, Role::Peer, case, name, run).with_live_bytes(LIVE_VALUES)
    };
    vec![
        peer(CONTEXTS, "OTel value", |m| m.keep(otel::context)),
        peer(CONTEXTS, "OTel baggage", |m| m.keep(otel::baggage_context)),
        peer(CONTEXTS, "Sentry hub", |m| m.keep(|| sentry::hub(ID))).with_setup(sentry::SETUP, 0),
        peer(FUTURES, "tokio scope", |m| {
            m.keep(|| Box::new(super::tokio::scoped_future(Arc::from(ID), pending())));
        }),
        peer(FUTURES, "OTel with_context", |m| {
            m.keep(|| Box::new(pending().with_context(otel::context())));
        }),
        peer(FUTURES, "Sentry bind_hub", |m| {
            m.keep(|| Box::new(pending().bind_hub(sentry::hub(ID))))
        })
        .with_setup(sentry::SETUP, 0),
    ]
}

fn after_spans() -> Vec<Benchmark> {
    let peer = |name, run| Benchmark::new(memory::ROW, Role::Peer, memory::SPANS, name, run);
    // The queues are long enough for all spans, so that one flush at the end is enough.
    let instrumented: fn(&mut Meter) = |m| retain_spans(m, || (), super::tracing::span);
    let all = [
        (Role::Floor, NOOP, Setup::NOOP),
        (Role::Peer, "tracing fmt, JSON to a file", FMT_JSON),
    ];
    let mut benchmarks: Vec<Benchmark> = all
        .map(|(role, name, setup)| {
            let benchmark = Benchmark {
                role,
                ..peer(name, instrumented)
            };
            benchmark.with_setup(setup, 1).with_live_bytes(SPANS_MADE)
        })
        .into();
    let fastrace = peer("fastrace", |m| {
        let batch = || {
            let _parent =
                Span::root(super::fastrace::ROOT, SpanContext::random()).set_local_parent();
            for _ in 0..SPANS_PER_FLUSH {
                super::fastrace::with_user(1);
            }
            fastrace::flush();
        };
        (0..10).for_each(|_| batch());
        let operations = m.operations();
        m.around(operations, || {
            (0..operations / SPANS_PER_FLUSH).for_each(|_| batch())
        });
    });
    benchmarks.push(
        fastrace
            .with_setup(super::fastrace::SETUP, 0)
            .with_live_bytes(SPANS_MADE),
    );
    benchmarks
}
