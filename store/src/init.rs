use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{EnvFilter, Layer, fmt, prelude::*};
use whose::RecordSink;

use crate::error::StoreError;
use crate::store::Store;

/// Sets up everything for a program that has nothing yet: records go into the store in that file,
/// and log lines, each with its user and session, to stderr.
///
/// The store takes everything from level `info` on. The lines on stderr follow the environment
/// variable `RUST_LOG` (`info` unless set), so that a quiet log does not make the store forget.
///
/// Keep the guard until the end of `main`: dropping it flushes.
///
/// ```no_run
/// fn main() -> Result<(), whose_store::StoreError> {
///     let _store = whose_store::init("whose.db")?;
///     whose::user("alice").in_scope(|| tracing::info!("hello"));
///     Ok(())
/// }
/// ```
///
/// # Errors
/// As [`Store::open`]; and [`SubscriberSet`](StoreError::SubscriberSet), with the line to add,
/// where the process has a `tracing` subscriber already.
pub fn init(path: impl AsRef<Path>) -> Result<StoreGuard, StoreError> {
    let store = Store::open(path)?;
    let wanted = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .map_event_format(whose::fmt::attributed)
        .with_filter(wanted);
    let subscriber = tracing_subscriber::registry()
        .with(
            whose::layer()
                .with_sink(store.clone())
                .with_filter(LevelFilter::INFO),
        )
        .with(lines);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| StoreError::SubscriberSet)?;
    Ok(StoreGuard { store })
}

/// Flushes the store of [`init`] when it is dropped.
#[derive(Debug)]
#[must_use = "dropped at once it flushes nothing: bind it as `let _store = ..`, not as `let _ = ..`"]
pub struct StoreGuard {
    store: Store,
}

/// How long the end of the program waits for the disk.
const LAST_FLUSH: Duration = Duration::from_secs(10);

impl StoreGuard {
    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
}

impl Drop for StoreGuard {
    fn drop(&mut self) {
        if !self.store.flush(LAST_FLUSH) {
            let (path, stats) = (self.store.path(), self.store.stats());
            eprintln!("whose-store: not everything is in {path:?}: {stats:?}");
        }
    }
}
