//! Row `contention`: several threads, and many tasks that share scopes.

use std::hint::black_box;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use whose::{Scope, ScopeExt};

use super::inputs::{ID, UUID};
use super::reads::user_id_len;
use crate::benchmark::{Benchmark, Role};
use crate::meter::Meter;
use crate::setup::Setup;

/// The name of the row.
pub const ROW: &str = "contention";
/// A scope on each of one and two threads.
pub const SCOPES: [&str; 2] = ["enter+exit on 1 thread", "enter+exit on 2 threads"];
/// A span with a user on each of one and two threads.
pub const SPANS: [&str; 2] = ["span with user on 1 thread", "span with user on 2 threads"];
/// Polls of many live tasks.
pub const TASKS: &str = "a poll of 10,000 live tasks in 100 scopes";
/// A write in one place and a read in another.
pub const WRITE: &str = "set_user, then a read by a task of that scope";
/// A read while another thread sets users at a high but real rate.
pub const READ_BESIDE_LOGINS: &str = "the current user id, 20,000 logins/s on another thread";
/// A read while another thread sets users as fast as it can.
pub const READ_BESIDE_FAST_LOGINS: &str =
    "the current user id, logins on another thread without a pause";

#[whose::trace(user_id = ID)]
fn traced_user(n: u64) -> u64 {
    black_box(n)
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let ours = |case, name, run| Benchmark::new(ROW, Role::Ours, case, name, run);
    let span = "#[whose::trace(user_id)]";
    let collected =
        |benchmark: Benchmark| benchmark.with_setup(Setup::WHOSE, 1).with_operations(4_000);
    vec![
        ours(SCOPES[0], "whose guard", |m| enter_on_threads(m, 1)).with_operations(20_000),
        ours(SCOPES[1], "whose guard", |m| enter_on_threads(m, 2)).with_operations(20_000),
        collected(ours(SPANS[0], span, |m| trace_on_threads(m, 1))),
        collected(ours(SPANS[1], span, |m| trace_on_threads(m, 2))),
        ours(WRITE, "whose set_user", set_user),
        ours(READ_BESIDE_LOGINS, "whose with_current", |m| {
            read_beside_logins(m, Logins::Paced);
        })
        .with_thread_allocations(),
        ours(READ_BESIDE_FAST_LOGINS, "whose with_current", |m| {
            read_beside_logins(m, Logins::Continuous);
        })
        .with_thread_allocations(),
    ]
}

fn enter_on_threads(meter: &mut Meter, threads: u64) {
    meter.time_threads(threads, || {
        let _scope = whose::user(black_box(ID)).enter();
    });
}

fn trace_on_threads(meter: &mut Meter, threads: u64) {
    meter.time_threads(threads, || {
        traced_user(1);
    });
}

/// Alternates between two users. A task that was created before reads the user at each poll.
fn set_user(meter: &mut Meter) {
    let shared = Scope::isolated();
    let reader = std::future::poll_fn(|_| {
        whose::with_current(|attribution| black_box(attribution.user_id().map(str::len)));
        std::task::Poll::<()>::Pending
    });
    let mut reader = pin!(reader.with_scope(shared.clone()));
    let mut cx = Context::from_waker(Waker::noop());
    let _shared = shared.enter();
    let mut is_first = false;
    meter.time(|| {
        is_first = !is_first;
        whose::set_user(black_box(if is_first { ID } else { UUID }));
        reader.as_mut().poll(&mut cx).is_pending()
    });
}

/// The rate of the logins on the other thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logins {
    /// 20 logins each millisecond.
    Paced,
    /// Without a pause.
    Continuous,
}

impl Logins {
    /// Runs `measure` while another thread calls `log_in`.
    ///
    /// `log_in` receives two ids in turn.
    pub(crate) fn run_beside(self, log_in: impl Fn(&str) + Send, measure: impl FnOnce()) {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let done = &done;
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    for _ in 0..10 {
                        log_in(black_box(ID));
                        log_in(black_box(UUID));
                    }
                    if self == Self::Paced {
                        thread::sleep(Duration::from_millis(1));
                    }
                }
            });
            measure();
            done.store(true, Ordering::Relaxed);
        });
    }
}

fn read_beside_logins(meter: &mut Meter, logins: Logins) {
    let log_in = |id: &str| {
        let _request = Scope::isolated().enter();
        whose::set_user(id);
    };
    logins.run_beside(log_in, || {
        let _request = Scope::isolated().enter();
        whose::set_user(ID);
        meter.time(user_id_len);
    });
}
