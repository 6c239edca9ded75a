//! Row `polls`: poll a future in its scope.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use whose::ScopeExt;

use super::inputs::ID;
use crate::benchmark::{Benchmark, Role};
use crate::meter::Meter;

/// The name of the row.
pub const ROW: &str = "polls";
/// One poll of a future that was created before.
pub const PENDING: &str = "one pending poll";
/// Create, poll once, drop.
pub const LIFE_0: &str = "a future's life, 0 pending polls";
/// Create, poll eleven times, drop.
pub const LIFE_10: &str = "a future's life, 10 pending polls";

/// Returns a future that is never ready.
pub fn pending() -> impl Future<Output = ()> {
    poll_fn(|_| black_box(Poll::Pending))
}

/// Returns a future that is ready after `times` pending polls.
pub fn pending_times(times: u32) -> impl Future<Output = ()> {
    let mut left = times;
    poll_fn(move |_| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        black_box(Poll::Pending)
    })
}

/// Measures one poll of `future`, which is never ready.
pub fn poll(meter: &mut Meter, future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    meter.time(|| black_box(future.as_mut().poll(&mut cx).is_pending()));
}

/// Polls `future` until it is ready.
#[inline]
pub fn complete<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let ours = |case, contender, run| Benchmark::new(ROW, Role::Ours, case, contender, run);
    let floor = |case, run| Benchmark::new(ROW, Role::Floor, case, "the plain future", run);
    vec![
        ours(PENDING, "whose with_scope", |m| {
            poll(m, pending().with_scope(whose::user(ID)));
        }),
        ours(PENDING, "whose with_scope, inside a request's", |m| {
            let _request = whose::Scope::isolated().enter();
            poll(m, pending().with_scope(whose::user(ID)));
        }),
        ours(PENDING, "whose with_current_scope", |m| {
            let future = whose::user(ID).in_scope(|| pending().with_current_scope());
            poll(m, future);
        }),
        floor(PENDING, |m| poll(m, pending())),
        ours(LIFE_0, "whose with_scope", |m| life(m, 0)),
        floor(LIFE_0, |m| m.time(|| complete(pending_times(black_box(0))))),
        ours(LIFE_10, "whose with_scope", |m| life(m, 10)),
        floor(LIFE_10, |m| {
            m.time(|| complete(pending_times(black_box(10))))
        }),
    ]
}

fn life(meter: &mut Meter, times: u32) {
    meter.time(|| {
        let user = whose::user(black_box(ID));
        complete(pending_times(black_box(times)).with_scope(user));
    });
}
