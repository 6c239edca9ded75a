//! Rows 6 and 7: the others on several threads, in many tasks, and what they keep.

use std::future::Future;
use std::sync::Arc;

use fastrace::Span;
use fastrace::collector::SpanContext;
use opentelemetry::Context;
use opentelemetry::context::FutureExt;
use sentry_core::SentryFutureExt;
use whose::{Scope, ScopeExt};

use super::{Peer, fast, otel, sentry, tasks, traced};
use crate::meter::Meter;
use crate::op::{Op, Role};
use crate::rows::ID;
use crate::rows::contention::{ROW, SCOPES, SPANS, TASKS};
use crate::rows::memory::{self, BETWEEN, CONTEXTS, FUTURES, KEPT, MADE, left_behind};
use crate::rows::polls::pending;
use crate::setup::Setup;

const LIVE: usize = 10_000;
const SHARED: usize = 100;
/// How many spans each thread makes in a sample: fastrace takes 10,240 a parent.
const SPANS_A_THREAD: u64 = 4_000;

pub(super) fn ops() -> Vec<Op> {
    [threads(), live_tasks(), contexts(), after_spans()].concat()
}

fn threads() -> Vec<Op> {
    let op = |case, name, run| Op::quiet(ROW, Role::Peer, case, name, run);
    let mut ops = vec![
        op(SCOPES[0], "tokio sync_scope", |m| {
            m.time_threads(1, tasks::enter)
        })
        .long(20_000),
        op(SCOPES[1], "tokio sync_scope", |m| {
            m.time_threads(2, tasks::enter)
        })
        .long(20_000),
        op(SCOPES[0], "OTel value", |m| m.time_threads(1, otel::enter)).long(20_000),
        op(SCOPES[1], "OTel value", |m| m.time_threads(2, otel::enter)).long(20_000),
    ];
    let instrumented: [fn(&mut Meter); 2] = [
        |m| m.time_threads(1, traced::span),
        |m| m.time_threads(2, traced::span),
    ];
    let collectors = [
        (Role::Floor, "tracing, Registry + no-op layer", Setup::Noop),
        (
            Role::Peer,
            "tracing + OTel, lean",
            Setup::Peer(Peer::OtelLean),
        ),
        (
            Role::Peer,
            "tracing fmt, JSON to a file",
            Setup::Peer(Peer::FmtJson),
        ),
        (Role::Peer, "sentry-tracing", Setup::Peer(Peer::Sentry)),
    ];
    for (role, name, setup) in collectors {
        for (case, run) in SPANS.into_iter().zip(instrumented) {
            let op = Op::quiet(ROW, role, case, name, run);
            ops.push(op.collected(setup, 1).long(SPANS_A_THREAD));
        }
    }
    let fastrace: [fn(&mut Meter); 2] = [|m| fast::threads(m, 1), |m| fast::threads(m, 2)];
    for (case, run) in SPANS.into_iter().zip(fastrace) {
        let op = op(case, "fastrace", run).collected(Setup::Peer(Peer::Fastrace), 1);
        ops.push(op.long(SPANS_A_THREAD));
    }
    ops
}

/// Gives way so often, then ends.
async fn yielding(times: u64) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

/// Measures a poll of each of many tasks, `wrap`ped, which all live at once.
fn polls<F>(meter: &mut Meter, wrap: impl Fn(usize, u64) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let rounds = meter.operations().div_ceil(LIVE as u64).max(1);
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else {
        return;
    };
    let local = tokio::task::LocalSet::new();
    for task in 0..LIVE {
        local.spawn_local(wrap(task, rounds));
    }
    meter.around(rounds * LIVE as u64, || runtime.block_on(local));
}

fn live_tasks() -> Vec<Op> {
    let op = |role, name, run| Op::quiet(ROW, role, TASKS, name, run).long(100_000);
    vec![
        op(Role::Ours, "whose with_scope", |m| {
            let shared: Vec<Scope> = (0..SHARED).map(|_| Scope::isolated()).collect();
            polls(m, |task, times| {
                yielding(times).with_scope(shared[task % SHARED].clone())
            });
        }),
        op(Role::Floor, "plain tasks", |m| {
            polls(m, |_, times| yielding(times))
        }),
        op(Role::Peer, "tokio scope", |m| {
            let shared: Vec<Arc<str>> = (0..SHARED).map(|_| ID.into()).collect();
            polls(m, |task, times| {
                tasks::scoped_future(Arc::clone(&shared[task % SHARED]), yielding(times))
            });
        }),
        op(Role::Peer, "OTel with_context", |m| {
            let shared: Vec<Context> = (0..SHARED).map(|_| otel::context()).collect();
            polls(m, |task, times| {
                yielding(times).with_context(shared[task % SHARED].clone())
            });
        }),
        op(Role::Peer, "Sentry bind_hub", |m| {
            let shared: Vec<_> = (0..SHARED).map(|_| sentry::hub(ID)).collect();
            polls(m, |task, times| {
                yielding(times).bind_hub(Arc::clone(&shared[task % SHARED]))
            });
        })
        .collected(Setup::Peer(Peer::Sentry), 0),
    ]
}

fn contexts() -> Vec<Op> {
    let op = |case, name, run| Op::quiet(memory::ROW, Role::Peer, case, name, run).kept(KEPT);
    vec![
        op(CONTEXTS, "OTel value", |m| m.keep(otel::context)),
        op(CONTEXTS, "OTel baggage", |m| m.keep(otel::baggage_context)),
        op(CONTEXTS, "Sentry hub", |m| m.keep(|| sentry::hub(ID)))
            .collected(Setup::Peer(Peer::Sentry), 0),
        op(FUTURES, "tokio scope", |m| {
            m.keep(|| Box::new(tasks::scoped_future(Arc::from(ID), pending())));
        }),
        op(FUTURES, "OTel with_context", |m| {
            m.keep(|| Box::new(pending().with_context(otel::context())));
        }),
        op(FUTURES, "Sentry bind_hub", |m| {
            m.keep(|| Box::new(pending().bind_hub(sentry::hub(ID))))
        })
        .collected(Setup::Peer(Peer::Sentry), 0),
    ]
}

fn after_spans() -> Vec<Op> {
    let op = |name, run| Op::quiet(memory::ROW, Role::Peer, memory::SPANS, name, run);
    // Their queues are long enough, so one flush at the end is enough too.
    let instrumented: fn(&mut Meter) = |m| left_behind(m, || (), traced::span);
    let all = [
        (Role::Floor, "tracing, Registry + no-op layer", Setup::Noop),
        (
            Role::Peer,
            "tracing fmt, JSON to a file",
            Setup::Peer(Peer::FmtJson),
        ),
    ];
    let mut ops: Vec<Op> = all
        .map(|(role, name, setup)| {
            let op = Op {
                role,
                ..op(name, instrumented)
            };
            op.collected(setup, 1).kept(MADE)
        })
        .into();
    let fastrace = op("fastrace", |m| {
        let batch = || {
            let _parent = Span::root(fast::ROOT, SpanContext::random()).set_local_parent();
            for _ in 0..BETWEEN {
                fast::with_user(1);
            }
            fastrace::flush();
        };
        (0..10).for_each(|_| batch());
        let operations = m.operations();
        m.around(operations, || {
            (0..operations / BETWEEN).for_each(|_| batch())
        });
    });
    ops.push(
        fastrace
            .collected(Setup::Peer(Peer::Fastrace), 0)
            .kept(MADE),
    );
    ops
}
