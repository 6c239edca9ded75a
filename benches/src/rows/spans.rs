//! Row 4: a small function with a span and a user.

use std::hint::black_box;

use super::ID;
use super::polls::pending_times;
use crate::meter::Meter;
use crate::op::{Op, Role};
use crate::setup::Setup;

/// The row's name.
pub const ROW: &str = "spans";

/// The shapes of the function: each is one case with each of the endings below.
pub mod shape {
    /// Synchronous.
    pub const SYNC: usize = 0;
    /// Asynchronous, ready at once.
    pub const ASYNC_0: usize = 1;
    /// Asynchronous, ready after ten pending polls.
    pub const ASYNC_10: usize = 2;
}

/// Nobody listens, and nobody is named.
pub const QUIET: [&str; 3] = [
    "fn, nobody listening",
    "async fn, nobody listening",
    "async fn, 10 pending polls, nobody listening",
];
/// Nobody listens; a user is named.
pub const QUIET_USER: [&str; 3] = [
    "fn with user, nobody listening",
    "async fn with user, nobody listening",
    "async fn with user, 10 pending polls, nobody listening",
];
/// Spans are collected; nobody is named.
pub const SPAN: [&str; 3] = [
    "fn, spans collected",
    "async fn, spans collected",
    "async fn, 10 pending polls, spans collected",
];
/// Spans are collected, with a user.
pub const SPAN_USER: [&str; 3] = [
    "fn with user, spans collected",
    "async fn with user, spans collected",
    "async fn with user, 10 pending polls, spans collected",
];

/// The work of every function here.
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

/// Measures a synchronous function.
pub fn sync(meter: &mut Meter, f: fn(u64) -> u64) {
    meter.time(|| f(black_box(1)));
}

/// The three shapes of one function as three functions that measure it.
#[macro_export]
macro_rules! shapes {
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

/// One operation for each shape.
pub fn each(
    role: Role,
    cases: [&'static str; 3],
    contender: &'static str,
    runs: [fn(&mut Meter); 3],
) -> impl Iterator<Item = Op> {
    let both = cases.into_iter().zip(runs);
    both.map(move |(case, run)| Op::quiet(ROW, role, case, contender, run))
}

pub(super) fn ops() -> Vec<Op> {
    let plain = shapes!(plain, plain_async);
    let traced = shapes!(traced, traced_async);
    let traced_user = shapes!(traced_user, traced_user_async);
    let with_user = shapes!(with_user, with_user_async);
    let mut ops = Vec::new();
    ops.extend(each(Role::Ours, QUIET, "#[whose::trace]", traced));
    ops.extend(each(Role::Floor, QUIET, "no attribute", plain));
    ops.extend(each(
        Role::Ours,
        QUIET_USER,
        "#[whose::trace(user_id)]",
        traced_user,
    ));
    ops.extend(each(
        Role::Ours,
        QUIET_USER,
        "#[whose::with_user]",
        with_user,
    ));
    ops.extend(each(Role::Floor, QUIET_USER, "no attribute", plain));
    let collected = |op: Op| op.collected(Setup::Whose, 1);
    let span = each(Role::Ours, SPAN, "#[whose::trace]", traced);
    ops.extend(span.map(collected));
    let user = each(
        Role::Ours,
        SPAN_USER,
        "#[whose::trace(user_id)]",
        traced_user,
    );
    ops.extend(user.map(collected));
    ops
}
