//! `fastrace`.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use fastrace::local::LocalSpan;
use fastrace::{Event, Span};

use crate::benchmark::{Benchmark, Role};
use crate::meter::Meter;
use crate::rows::future_sizes::{STATE, State, ten_deep};
use crate::rows::inputs::ID;
use crate::rows::polls::{complete, pending_times};
use crate::rows::spans::{COLLECTED, COLLECTED_USER, DISABLED, three_cases, three_shapes};
use crate::rows::{events, storage};
use crate::setup::{Collector, Setup};

/// A reporter that counts.
pub(crate) const SETUP: Setup = Setup {
    name: "fastrace",
    install: |_| Ok(install()),
};

/// A reporter that counts spans and events and drops them.
struct Count(Arc<AtomicU64>);

impl Reporter for Count {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        let count: usize = black_box(spans)
            .into_iter()
            .map(|span| usize::from(span.name != ROOT) + span.events.len())
            .sum();
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }
}

/// The span around a sample; the reporter does not count it.
pub(super) const ROOT: &str = "root";

fn install() -> Collector {
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
async fn holding(state: State) -> u64 {
    std::future::pending::<()>().await;
    black_box(state).len() as u64
}

ten_deep!(ten, #[fastrace::trace]);

pub(super) fn future_sizes() -> [usize; 2] {
    [size_of_val(&holding(STATE)), size_of_val(&ten(STATE))]
}

/// Measures spans on several threads, each with a parent of its own.
pub(super) fn trace_on_threads(meter: &mut Meter, threads: u64) {
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

/// Runs inside a root span: `fastrace` makes a local span only inside another span.
fn in_root(meter: &mut Meter, run: impl FnOnce(&mut Meter)) {
    let root = Span::root(ROOT, SpanContext::random());
    let _parent = root.set_local_parent();
    run(meter);
}

fn event(meter: &mut Meter) {
    // The root is one of the three spans; the reporter does not count it.
    meter.add_extra_records(events::OPEN_SPANS - 1);
    in_root(meter, |meter| {
        let _middle = LocalSpan::enter_with_local_parent("middle");
        let _inner = LocalSpan::enter_with_local_parent("inner");
        meter.time(|| {
            LocalSpan::add_event(
                Event::new("found the parcel")
                    .with_property(|| ("parcel", black_box(42_u64).to_string()))
                    .with_property(|| ("user.id", ID)),
            );
        });
    });
}

pub(crate) fn benchmarks() -> Vec<Benchmark> {
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
    let disabled = three_cases(
        Role::Peer,
        DISABLED,
        "#[fastrace::trace]",
        three_shapes!(bare, bare_async),
    );
    let collected = |benchmark: Benchmark| benchmark.with_setup(SETUP, 1);
    let span = three_cases(Role::Peer, COLLECTED, "fastrace", rooted).map(collected);
    let user = three_cases(Role::Peer, COLLECTED_USER, "fastrace", rooted_user).map(collected);
    let event = Benchmark::new(
        events::ROW,
        Role::Peer,
        events::IN_3_SPANS,
        "fastrace",
        event,
    );
    let stored = Benchmark::new(
        storage::ROW,
        Role::Peer,
        storage::SPAN_USER,
        "fastrace, no-op reporter",
        |m| in_root(m, |m| m.time(|| with_user(black_box(1)))),
    );
    let single = [
        collected(event),
        collected(stored).with_thread_allocations(),
    ];
    disabled.chain(span).chain(user).chain(single).collect()
}
