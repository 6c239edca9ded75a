//! Row `memory`: the bytes that stay in use.

use std::hint::black_box;
use std::sync::Arc;

use whose::{Scope, ScopeExt};

use super::inputs::ID;
use super::polls::pending;
use crate::benchmark::{Benchmark, Role};
use crate::meter::Meter;
use crate::setup::{FLUSH_TIMEOUT, Setup};

/// The name of the row.
pub const ROW: &str = "memory";
/// Live contexts.
pub const CONTEXTS: &str = "live bytes a kept context, of 100,000";
/// Live boxed futures.
pub const FUTURES: &str = "live bytes a boxed future in a scope, of 100,000";
/// Bytes that finished spans leave in use.
pub const SPANS: &str = "bytes left behind a span, after a million";
/// Live contexts or futures in a sample.
pub const LIVE_VALUES: u64 = 100_000;
/// Spans in a sample.
pub const SPANS_MADE: u64 = 1_000_000;
/// Spans between two flushes.
pub const SPANS_PER_FLUSH: u64 = 1_000;

#[whose::trace(user_id = ID)]
fn traced_user(n: u64) -> u64 {
    black_box(n)
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let ours = |case, name, run| Benchmark::new(ROW, Role::Ours, case, name, run);
    let floor = |case, name, run| Benchmark::new(ROW, Role::Floor, case, name, run);
    vec![
        ours(CONTEXTS, "whose::user(id)", |m| m.keep(|| whose::user(ID)))
            .with_live_bytes(LIVE_VALUES),
        ours(CONTEXTS, "whose Scope::current()", |m| {
            m.keep(|| whose::user(ID).in_scope(Scope::current));
        })
        .with_live_bytes(LIVE_VALUES),
        floor(CONTEXTS, "Arc<str>", |m| m.keep(|| Arc::<str>::from(ID)))
            .with_live_bytes(LIVE_VALUES),
        ours(FUTURES, "whose with_scope", |m| {
            m.keep(|| Box::new(pending().with_scope(whose::user(ID))));
        })
        .with_live_bytes(LIVE_VALUES),
        floor(FUTURES, "no future, Arc<str>", |m| {
            m.keep(|| Arc::<str>::from(ID))
        })
        .with_live_bytes(LIVE_VALUES),
        ours(SPANS, "#[whose::trace(user_id)]", |m| {
            retain_spans(
                m,
                || {
                    whose::flush(FLUSH_TIMEOUT);
                },
                || {
                    traced_user(1);
                },
            );
        })
        .with_setup(Setup::WHOSE, 1)
        .with_live_bytes(SPANS_MADE),
    ]
}

/// Measures the bytes that are still in use after spans and flushes.
pub fn retain_spans(meter: &mut Meter, flush: impl Fn(), span: impl Fn()) {
    let make = |count: u64| {
        for _ in 0..count.div_ceil(SPANS_PER_FLUSH) {
            (0..SPANS_PER_FLUSH).for_each(|_| span());
            flush();
        }
    };
    // Buffers grow to their final size first.
    make(10 * SPANS_PER_FLUSH);
    let operations = meter.operations();
    meter.around(operations, || make(operations));
}
