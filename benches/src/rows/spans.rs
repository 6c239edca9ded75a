//! Row `spans`: a small function with a span and a user.

use std::hint::black_box;

use super::inputs::ID;
use super::polls::pending_times;
use crate::benchmark::{Benchmark, Role};
use crate::meter::Meter;
use crate::setup::Setup;

/// The name of the row.
pub const ROW: &str = "spans";

// Each array has three cases: a synchronous function, an asynchronous one that is ready at once,
// and an asynchronous one that is ready after ten pending polls.

/// No subscriber and no user.
pub const DISABLED: [&str; 3] = [
    "fn, nobody listening",
    "async fn, nobody listening",
    "async fn, 10 pending polls, nobody listening",
];
/// No subscriber, with a user.
pub const DISABLED_USER: [&str; 3] = [
    "fn with user, nobody listening",
    "async fn with user, nobody listening",
    "async fn with user, 10 pending polls, nobody listening",
];
/// Spans are collected, without a user.
pub const COLLECTED: [&str; 3] = [
    "fn, spans collected",
    "async fn, spans collected",
    "async fn, 10 pending polls, spans collected",
];
/// Spans are collected, with a user.
pub const COLLECTED_USER: [&str; 3] = [
    "fn with user, spans collected",
    "async fn with user, spans collected",
    "async fn with user, 10 pending polls, spans collected",
];

/// The body of every function in this row.
#[inline]
fn work(n: u64) -> u64 {
    black_box(n)
}

#[inline(never)]
fn plain(n: u64) -> u64 {
    work(n)
}

async fn plain_async(times: u32) {
    pending_times(times).await;
}

#[whose::trace]
fn traced(n: u64) -> u64 {
    work(n)
}

#[whose::trace]
async fn traced_async(times: u32) {
    pending_times(times).await;
}

#[whose::trace(user_id = ID)]
fn traced_user(n: u64) -> u64 {
    work(n)
}

#[whose::trace(user_id = ID)]
async fn traced_user_async(times: u32) {
    pending_times(times).await;
}

#[whose::with_user(id = ID)]
fn with_user(n: u64) -> u64 {
    work(n)
}

#[whose::with_user(id = ID)]
async fn with_user_async(times: u32) {
    pending_times(times).await;
}

/// The three functions that measure a synchronous and an asynchronous function.
macro_rules! three_shapes {
    ($sync:expr, $asynchronous:expr) => {
        [
            |m: &mut $crate::meter::Meter| m.time(|| $sync(::std::hint::black_box(1))),
            |m: &mut $crate::meter::Meter| {
                m.time(|| $crate::rows::polls::complete($asynchronous(::std::hint::black_box(0))));
            },
            |m: &mut $crate::meter::Meter| {
                m.time(|| $crate::rows::polls::complete($asynchronous(::std::hint::black_box(10))));
            },
        ] as [fn(&mut $crate::meter::Meter); 3]
    };
}

#[cfg(feature = "peers")]
pub(crate) use three_shapes;

/// Creates a benchmark for each of three cases.
pub(crate) fn three_cases(
    role: Role,
    cases: [&'static str; 3],
    contender: &'static str,
    runs: [fn(&mut Meter); 3],
) -> impl Iterator<Item = Benchmark> {
    let both = cases.into_iter().zip(runs);
    both.map(move |(case, run)| Benchmark::new(ROW, role, case, contender, run))
}

/// The functions with a user, for a setup of OpenTelemetry.
#[cfg(feature = "peers")]
pub(crate) fn traced_user_runs() -> [fn(&mut Meter); 3] {
    three_shapes!(traced_user, traced_user_async)
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let plain = three_shapes!(plain, plain_async);
    let traced = three_shapes!(traced, traced_async);
    let traced_user = three_shapes!(traced_user, traced_user_async);
    let with_user = three_shapes!(with_user, with_user_async);
    let mut benchmarks = Vec::new();
    benchmarks.extend(three_cases(Role::Ours, DISABLED, "#[whose::trace]", traced));
    benchmarks.extend(three_cases(Role::Floor, DISABLED, "no attribute", plain));
    benchmarks.extend(three_cases(
        Role::Ours,
        DISABLED_USER,
        "#[whose::trace(user_id)]",
        traced_user,
    ));
    benchmarks.extend(three_cases(
        Role::Ours,
        DISABLED_USER,
        "#[whose::with_user]",
        with_user,
    ));
    benchmarks.extend(three_cases(
        Role::Floor,
        DISABLED_USER,
        "no attribute",
        plain,
    ));
    let collected = |benchmark: Benchmark| benchmark.with_setup(Setup::WHOSE, 1);
    let span = three_cases(Role::Ours, COLLECTED, "#[whose::trace]", traced);
    benchmarks.extend(span.map(collected));
    let user = three_cases(
        Role::Ours,
        COLLECTED_USER,
        "#[whose::trace(user_id)]",
        traced_user,
    );
    benchmarks.extend(user.map(collected));
    benchmarks
}
