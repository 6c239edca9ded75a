//! `tracing::instrument`, for every layer that collects its spans, and the `fmt` layer.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sentry_core::{Hub, SentryFutureExt};
use tracing::subscriber::set_global_default;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;

use super::{otel, sentry};
use crate::benchmark::{Benchmark, Role};
use crate::failure::Failure;
use crate::meter::Meter;
use crate::rows::future_sizes::{STATE, State, ten_deep};
use crate::rows::inputs::ID;
use crate::rows::polls::pending_times;
use crate::rows::spans::{
    COLLECTED, COLLECTED_USER, DISABLED, DISABLED_USER, three_cases, three_shapes,
};
use crate::rows::{events, storage};
use crate::setup::{Collector, Setup};

/// The `fmt` layer, which writes a line of JSON for each event and each closed span.
pub(crate) const FMT_JSON: Setup = Setup {
    name: "fmt-json",
    install: install_fmt,
};

/// The name of the floor.
pub(super) const NOOP: &str = "tracing, Registry + no-op layer";

#[tracing::instrument(skip_all)]
fn bare(n: u64) -> u64 {
    black_box(n)
}

#[tracing::instrument(skip_all)]
async fn bare_async(times: u32) {
    pending_times(times).await;
}

#[tracing::instrument(skip_all, fields(user.id = ID))]
fn with_user(n: u64) -> u64 {
    black_box(n)
}

#[tracing::instrument(skip_all, fields(user.id = ID))]
async fn with_user_async(times: u32) {
    pending_times(times).await;
}

/// Makes one span with a user.
pub(super) fn span() {
    with_user(black_box(1));
}

#[tracing::instrument(skip_all)]
async fn holding(state: State) -> u64 {
    std::future::pending::<()>().await;
    black_box(state).len() as u64
}

ten_deep!(ten, #[tracing::instrument(skip_all)]);
ten_deep!(err_ten, #[tracing::instrument(skip_all, err)]);

pub(super) fn future_sizes() -> [usize; 3] {
    [
        size_of_val(&holding(STATE)),
        size_of_val(&ten(STATE)),
        size_of_val(&err_ten(STATE)),
    ]
}

/// The peers that collect spans of `tracing`.
const COLLECTORS: [(Setup, &str); 4] = [
    (otel::LEAN, "tracing + OTel, lean"),
    (otel::DEFAULT, "tracing + OTel"),
    (sentry::SETUP, "sentry-tracing"),
    (FMT_JSON, "tracing fmt, JSON to a file"),
];

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let bare = three_shapes!(bare, bare_async);
    let user = three_shapes!(with_user, with_user_async);
    let mut benchmarks = Vec::new();
    let instrument = "#[tracing::instrument]";
    benchmarks.extend(three_cases(Role::Peer, DISABLED, instrument, bare));
    benchmarks.extend(three_cases(Role::Peer, DISABLED_USER, instrument, user));
    let floor = |benchmark: Benchmark| benchmark.with_setup(Setup::NOOP, 1);
    benchmarks.extend(three_cases(Role::Floor, COLLECTED, NOOP, bare).map(floor));
    benchmarks.extend(three_cases(Role::Floor, COLLECTED_USER, NOOP, user).map(floor));
    for (setup, name) in COLLECTORS {
        let collected = |benchmark: Benchmark| benchmark.with_setup(setup, 1);
        benchmarks.extend(three_cases(Role::Peer, COLLECTED, name, bare).map(collected));
        benchmarks.extend(three_cases(Role::Peer, COLLECTED_USER, name, user).map(collected));
    }
    // Sentry shows the user of a transaction where its scope has one: a field is no user to Sentry.
    let in_hub = three_shapes!(bare_in_hub, bare_async_in_hub);
    let in_hub = three_cases(
        Role::Peer,
        COLLECTED_USER,
        "sentry-tracing, user in its scope",
        in_hub,
    );
    benchmarks.extend(in_hub.map(|benchmark| benchmark.with_setup(sentry::SETUP, 1)));
    benchmarks.extend(event_benchmarks());
    benchmarks.extend(storage_benchmarks());
    benchmarks
}

fn bare_in_hub(n: u64) -> u64 {
    Hub::run(sentry::hub(black_box(ID)), || bare(n))
}

fn bare_async_in_hub(times: u32) -> impl Future<Output = ()> {
    bare_async(times).bind_hub(sentry::hub(black_box(ID)))
}

fn event_benchmarks() -> Vec<Benchmark> {
    // The layers of OpenTelemetry and Sentry attach an event to its span and deliver both when the
    // span closes; these spans stay open, so both layers would drop events past their limit.
    let event = |role, name, setup| {
        Benchmark::new(events::ROW, role, events::IN_3_SPANS, name, in_3_spans).with_setup(setup, 1)
    };
    vec![
        event(Role::Floor, NOOP, Setup::NOOP),
        event(Role::Peer, "tracing fmt, JSON to a file", FMT_JSON),
    ]
}

fn in_3_spans(meter: &mut Meter) {
    meter.add_extra_records(events::OPEN_SPANS);
    outer(meter);
}

#[tracing::instrument(skip_all, fields(user.id = ID))]
fn outer(meter: &mut Meter) {
    middle(meter);
}

#[tracing::instrument(skip_all)]
fn middle(meter: &mut Meter) {
    inner(meter);
}

#[tracing::instrument(skip_all)]
fn inner(meter: &mut Meter) {
    meter.time(events::emit);
}

fn storage_benchmarks() -> Vec<Benchmark> {
    let stored = |role, name, setup| {
        Benchmark::new(storage::ROW, role, storage::SPAN_USER, name, |m| {
            m.time(span);
        })
        .with_setup(setup, 1)
        .with_thread_allocations()
    };
    vec![
        stored(Role::Floor, NOOP, Setup::NOOP),
        stored(Role::Peer, "tracing + OTel batch, lean", otel::LEAN),
        stored(Role::Peer, "tracing + OTel batch", otel::DEFAULT),
        stored(Role::Peer, "sentry-tracing", sentry::SETUP),
        stored(Role::Peer, "tracing fmt, JSON to a file", FMT_JSON),
    ]
}

/// A buffered file that counts its lines.
#[derive(Clone)]
struct Lines(Arc<(Mutex<BufWriter<File>>, AtomicU64)>);

impl Lines {
    fn lock(&self) -> MutexGuard<'_, BufWriter<File>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        // The layer writes a whole line with each call.
        self.lock().write_all(line)?;
        self.0.1.fetch_add(1, Ordering::Relaxed);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn install_fmt(folder: &Path) -> Result<Collector, Failure> {
    let file = BufWriter::with_capacity(1 << 16, File::create(folder.join("spans.jsonl"))?);
    let lines = Lines(Arc::new((Mutex::new(file), AtomicU64::new(0))));
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(lines.clone());
    set_global_default(tracing_subscriber::registry().with(layer))?;
    let file = lines.clone();
    Ok(Collector {
        flush: Box::new(move || file.lock().flush().is_ok()),
        delivered: Box::new(move || Some(lines.0.1.load(Ordering::Relaxed))),
    })
}
