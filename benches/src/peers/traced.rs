//! `tracing::instrument`, for whichever layer collects it.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::subscriber::set_global_default;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;

use super::{Peer, collected};
use crate::failure::Failure;
use crate::op::{Op, Role};
use crate::rows::ID;
use crate::rows::polls::pending_times;
use crate::rows::sizes::{STATE, State};
use crate::rows::spans::{QUIET, QUIET_USER, SPAN, SPAN_USER, each};
use crate::setup::{Collector, Setup};
use crate::{shapes, ten_deep};

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

/// One span with a user.
pub(super) fn span() {
    with_user(black_box(1));
}

#[tracing::instrument(skip_all)]
async fn held(state: State) -> u64 {
    std::future::pending::<()>().await;
    black_box(state).len() as u64
}

ten_deep!(ten, #[tracing::instrument(skip_all)]);
ten_deep!(failing_ten, #[tracing::instrument(skip_all, err)]);

pub(super) fn sizes() -> [usize; 3] {
    [
        size_of_val(&held(STATE)),
        size_of_val(&ten(STATE)),
        size_of_val(&failing_ten(STATE)),
    ]
}

pub(super) fn ops() -> Vec<Op> {
    let bare = shapes!(bare, bare_async);
    let user = shapes!(with_user, with_user_async);
    let mut ops = Vec::new();
    ops.extend(each(Role::Peer, QUIET, "#[tracing::instrument]", bare));
    ops.extend(each(Role::Peer, QUIET_USER, "#[tracing::instrument]", user));
    let noop = "tracing, Registry + no-op layer";
    let floor = |op: Op| op.collected(Setup::Noop, 1);
    ops.extend(each(Role::Floor, SPAN, noop, bare).map(floor));
    ops.extend(each(Role::Floor, SPAN_USER, noop, user).map(floor));
    for (peer, name) in [
        (Peer::OtelLean, "tracing + OTel, lean"),
        (Peer::Otel, "tracing + OTel"),
        (Peer::Sentry, "sentry-tracing"),
        (Peer::FmtJson, "tracing fmt, JSON to a file"),
    ] {
        ops.extend(each(Role::Peer, SPAN, name, bare).map(collected(peer)));
        ops.extend(each(Role::Peer, SPAN_USER, name, user).map(collected(peer)));
    }
    ops
}

/// A file behind a buffer that counts its lines.
#[derive(Clone)]
struct Lines(Arc<(Mutex<BufWriter<File>>, AtomicU64)>);

impl Lines {
    fn lock(&self) -> MutexGuard<'_, BufWriter<File>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        // The layer writes each line at once.
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

/// The `fmt` layer: a line for each span that closes, as JSON to a file.
pub(super) fn install_fmt(folder: &Path) -> Result<Collector, Failure> {
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
