//! The others, each set up as its own documentation recommends.

mod crowd;
mod fast;
mod otel;
mod requests;
mod sentry;
mod tasks;
mod traced;

use std::path::Path;

pub(crate) use requests::pipelines;

use crate::failure::Failure;
use crate::op::Op;
use crate::rows::sizes::{ONE, TEN};
use crate::setup::{Collector, Setup};

/// What collects the spans of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// tracing-opentelemetry without location, threads, target and inactivity, and a batch
    /// processor whose queue is long enough for everything.
    OtelLean,
    /// The same with all defaults but the queue.
    Otel,
    /// The same with the default queue of 2,048 spans.
    OtelShortQueue,
    /// fastrace.
    Fastrace,
    /// sentry-tracing, every trace sampled.
    Sentry,
    /// `fmt` layer of tracing-subscriber: a line of JSON for each closed span.
    FmtJson,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::OtelLean,
        Self::Otel,
        Self::OtelShortQueue,
        Self::Fastrace,
        Self::Sentry,
        Self::FmtJson,
    ];

    /// The name of the setup.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OtelLean => "otel-lean",
            Self::Otel => "otel",
            Self::OtelShortQueue => "otel-short-queue",
            Self::Fastrace => "fastrace",
            Self::Sentry => "sentry",
            Self::FmtJson => "fmt-json",
        }
    }

    /// Makes it this process's; files go to `folder`.
    pub(crate) fn install(self, folder: &Path) -> Result<Collector, Failure> {
        match self {
            Self::OtelLean => otel::install(true, true),
            Self::Otel => otel::install(false, true),
            Self::OtelShortQueue => otel::install(false, false),
            Self::Fastrace => Ok(fast::install()),
            Self::Sentry => sentry::install(),
            Self::FmtJson => traced::install_fmt(folder),
        }
    }
}

/// What the others do.
pub(crate) fn ops() -> Vec<Op> {
    let all = [
        tasks::ops(),
        otel::ops(),
        sentry::ops(),
        traced::ops(),
        fast::ops(),
        crowd::ops(),
    ];
    all.into_iter().flatten().collect()
}

/// How large the futures of [`sizes`](crate::rows::sizes) are in each, in bytes.
pub(crate) fn sizes() -> [(&'static str, &'static str, usize); 8] {
    let [instrument, instrument_ten, instrument_err_ten] = traced::sizes();
    let [fastrace, fastrace_ten] = fast::sizes();
    [
        (ONE, "tokio scope", tasks::size()),
        (ONE, "OTel with_context", otel::size()),
        (ONE, "Sentry bind_hub", sentry::size()),
        (ONE, "#[tracing::instrument]", instrument),
        (ONE, "#[fastrace::trace]", fastrace),
        (TEN, "#[tracing::instrument]", instrument_ten),
        (TEN, "#[tracing::instrument(err)]", instrument_err_ten),
        (TEN, "#[fastrace::trace]", fastrace_ten),
    ]
}

/// One operation of the setup, which makes one span.
fn collected(peer: Peer) -> impl Fn(Op) -> Op {
    move |op| op.collected(Setup::Peer(peer), 1)
}
