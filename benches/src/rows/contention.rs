//! Row 6: several threads, and many tasks that share scopes.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};

use whose::{Scope, ScopeExt};

use super::{ID, LONG_ID};
use crate::meter::Meter;
use crate::op::{Op, Role};
use crate::setup::Setup;

/// The row's name.
pub const ROW: &str = "contention";
/// A scope on each of so many threads.
pub const SCOPES: [&str; 2] = ["enter+exit on 1 thread", "enter+exit on 2 threads"];
/// A span with a user on each of so many threads.
pub const SPANS: [&str; 2] = ["span with user on 1 thread", "span with user on 2 threads"];
/// Polls of many tasks that live at once.
pub const TASKS: &str = "a poll of 10,000 live tasks in 100 scopes";
/// A write in one place, a read in another.
pub const WRITE: &str = "set_user, then a read by a task of that scope";

#[whose::trace(user_id = ID)]
fn traced_user(n: u64) -> u64 {
    black_box(n)
}

pub(super) fn ops() -> Vec<Op> {
    let ours = |case, name, run| Op::quiet(ROW, Role::Ours, case, name, run);
    let span = "#[whose::trace(user_id)]";
    let collected = |op: Op| op.collected(Setup::Whose, 1).long(4_000);
    vec![
        ours(SCOPES[0], "whose guard", |m| scopes(m, 1)).long(20_000),
        ours(SCOPES[1], "whose guard", |m| scopes(m, 2)).long(20_000),
        collected(ours(SPANS[0], span, |m| spans(m, 1))),
        collected(ours(SPANS[1], span, |m| spans(m, 2))),
        ours(WRITE, "whose set_user", set_user),
    ]
}

fn scopes(meter: &mut Meter, threads: u64) {
    meter.time_threads(threads, || {
        let _scope = whose::user(black_box(ID)).enter();
    });
}

fn spans(meter: &mut Meter, threads: u64) {
    meter.time_threads(threads, || {
        traced_user(1);
    });
}

/// Two users take turns; the task was made before, and reads whoever is there at each poll.
fn set_user(meter: &mut Meter) {
    let shared = Scope::isolated();
    let reader = std::future::poll_fn(|_| {
        whose::with_current(|at| black_box(at.user_id().map(str::len)));
        std::task::Poll::<()>::Pending
    });
    let mut reader = pin!(reader.with_scope(shared.clone()));
    let mut cx = Context::from_waker(Waker::noop());
    let _inside = shared.enter();
    let mut turn = false;
    meter.time(|| {
        turn = !turn;
        whose::set_user(black_box(if turn { ID } else { LONG_ID }));
        reader.as_mut().poll(&mut cx).is_pending()
    });
}
