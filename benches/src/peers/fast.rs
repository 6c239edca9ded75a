//! fastrace.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrace::Span;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};

use super::{Peer, collected};
use crate::meter::Meter;
use crate::op::{Op, Role};
use crate::rows::ID;
use crate::rows::polls::{complete, pending_times};
use crate::rows::sizes::{STATE, State};
use crate::rows::spans::{QUIET, SPAN, SPAN_USER, each};
use crate::setup::Collector;
use crate::{shapes, ten_deep};

/// A reporter that counts and drops.
struct Count(Arc<AtomicU64>);

impl Reporter for Count {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        let counted = black_box(spans)
            .into_iter()
            .filter(|span| span.name != ROOT);
        self.0.fetch_add(counted.count() as u64, Ordering::Relaxed);
    }
}

/// The span around a sample, which is not counted.
pub(super) const ROOT: &str = "root";

pub(super) fn install() -> Collector {
    let count = Arc::new(AtomicU64::new(0));
    fastrace::set_reporter(Count(Arc::clone(&count)), Config::default());
    Collector {
        flush: Box::new(|| {
            fastrace::flush();
            true
        }),
        delivered: Box::new(move || Some(count.load(Ordering::Relaxed))),
    }
}

#[fastrace::trace]
fn bare(n: u64) -> u64 {
    black_box(n)
}

#[fastrace::trace]
async fn bare_async(times: u32) {
    pending_times(times).await;
}

#[fastrace::trace(properties = { "user.id": "{ID}" })]
pub(super) fn with_user(n: u64) -> u64 {
    black_box(n)
}

#[fastrace::trace(properties = { "user.id": "{ID}" })]
async fn with_user_async(times: u32) {
    pending_times(times).await;
}

#[fastrace::trace]
async fn held(state: State) -> u64 {
    std::future::pending::<()>().await;
    black_box(state).len() as u64
}

ten_deep!(ten, #[fastrace::trace]);

pub(super) fn sizes() -> [usize; 2] {
    [size_of_val(&held(STATE)), size_of_val(&ten(STATE))]
}

/// Measures spans on so many threads, each with a parent of its own.
pub(super) fn threads(meter: &mut Meter, threads: u64) {
    meter.time_threads_in(
        threads,
        || {
            let root = Span::root(ROOT, SpanContext::random());
            let parent = root.set_local_parent();
            (parent, root)
        },
        || {
            with_user(black_box(1));
        },
    );
}

/// Runs inside a span of its own: fastrace makes no others.
fn in_root(meter: &mut Meter, run: impl FnOnce(&mut Meter)) {
    let root = Span::root(ROOT, SpanContext::random());
    let _parent = root.set_local_parent();
    run(meter);
}

pub(super) fn ops() -> Vec<Op> {
    let rooted: [fn(&mut Meter); 3] = [
        |m| in_root(m, |m| m.time(|| bare(black_box(1)))),
        |m| in_root(m, |m| m.time(|| complete(bare_async(black_box(0))))),
        |m| in_root(m, |m| m.time(|| complete(bare_async(black_box(10))))),
    ];
    let rooted_user: [fn(&mut Meter); 3] = [
        |m| in_root(m, |m| m.time(|| with_user(black_box(1)))),
        |m| in_root(m, |m| m.time(|| complete(with_user_async(black_box(0))))),
        |m| in_root(m, |m| m.time(|| complete(with_user_async(black_box(10))))),
    ];
    let quiet = each(
        Role::Peer,
        QUIET,
        "#[fastrace::trace]",
        shapes!(bare, bare_async),
    );
    let span = each(Role::Peer, SPAN, "fastrace", rooted).map(collected(Peer::Fastrace));
    let user = each(Role::Peer, SPAN_USER, "fastrace", rooted_user).map(collected(Peer::Fastrace));
    quiet.chain(span).chain(user).collect()
}
