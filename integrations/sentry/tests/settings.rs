//! Mistakes in the set-up: one clear warning each, and the program goes on.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{attributed, captured, options};
use sentry::integrations::tracing::{ErrorLayer, SpanLayer};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::prelude::*;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// The warnings since the last call.
    fn take(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        let lines = text.lines().filter(|line| line.contains(" WARN whose: "));
        lines.map(String::from).collect()
    }
}

macro_rules! subscriber {
    ($lines:expr) => {{
        let lines = $lines.clone();
        let peers = SpanLayer::new()
            .with_filter(LevelFilter::INFO)
            .and_then(ErrorLayer::new().with_filter(LevelFilter::ERROR));
        tracing_subscriber::registry()
            .with(whose::layer().with_sink(whose_sentry::sink()))
            .with(whose_sentry::layer(peers))
            .with(
                tracing_subscriber::fmt::layer()
                    .with_ansi(false)
                    .with_writer(move || lines.clone()),
            )
    }};
}

fn work() {
    for _ in 0..3 {
        tracing::info_span!("request").in_scope(|| tracing::error!("failed"));
    }
    whose::flush(Duration::from_secs(1));
}

/// One test, because each warning is emitted once in a process.
#[test]
fn each_mistake_is_warned_about_once() {
    let lines = Lines::default();
    let dropped = tracing::subscriber::with_default(subscriber!(lines), || {
        work();
        let sinks = whose::sinks();
        sinks
            .iter()
            .find(|sink| sink.name == "sentry")
            .unwrap()
            .dropped
    });
    assert_eq!(dropped, 3);
    let warnings = lines.take();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("no Sentry client is bound"),
        "{warnings:?}"
    );

    let sent = captured(options(), subscriber!(lines), work);
    let warnings = lines.take();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("lacks `whose_sentry::Integration`"),
        "{warnings:?}"
    );
    assert!(!sent.events.is_empty());

    let sent = captured(attributed(), subscriber!(lines), work);
    let warnings = lines.take();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("both report errors"), "{warnings:?}");
    assert_eq!(sent.events.len(), 3);
}
