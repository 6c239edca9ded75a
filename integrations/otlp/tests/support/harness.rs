//! A subscriber of one test, and the warnings of the process.

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use tracing_subscriber::prelude::*;
use whose_otlp::{OtlpSink, OtlpStats};

use super::warnings::Warnings;

pub const LONG: Duration = Duration::from_secs(30);

/// The warnings of the process, which the threads of the sinks emit.
pub fn warnings() -> &'static Warnings {
    static WARNINGS: OnceLock<Warnings> = OnceLock::new();
    WARNINGS.get_or_init(|| {
        let warnings = Warnings::default();
        let subscriber = tracing_subscriber::registry().with(warnings.clone());
        tracing::subscriber::set_global_default(subscriber).unwrap();
        warnings
    })
}

/// Runs `work` with a subscriber whose records go to the sink.
pub fn record_into(sink: &OtlpSink, work: impl FnOnce()) {
    let layer = whose::layer().with_sink(sink.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
}

/// Waits until the numbers of the sink match, and fails if they never do.
pub fn wait_for(sink: &OtlpSink, matches: impl Fn(&OtlpStats) -> bool) -> OtlpStats {
    let start = Instant::now();
    while !matches(&sink.stats()) {
        assert!(start.elapsed() < LONG, "{:?}", sink.stats());
        thread::sleep(Duration::from_millis(5));
    }
    sink.stats()
}
