use std::io::IsTerminal;
use std::path::Path;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{EnvFilter, Layer, fmt, prelude::*};
use whose::ShutdownGuard;

use crate::error::StoreError;
use crate::store::Store;

/// Sets up everything for a program that has nothing yet: records go into the store in that file,
/// and log lines, each with its user and session, to stderr.
///
/// The store takes everything from level `info` on. The lines on stderr follow the environment
/// variable `RUST_LOG` (`info` unless set), so that a quiet log does not make the store forget.
///
/// Keep the guard until the end of `main`: dropping it closes the store, so that one file holds
/// every record.
///
/// ```no_run
/// fn main() -> Result<(), whose_store::StoreError> {
///     let _shutdown = whose_store::init("whose.db")?;
///     whose::user("alice").in_scope(|| tracing::info!("hello"));
///     Ok(())
/// }
/// ```
///
/// # Errors
/// As [`Store::open`]; and [`SubscriberAlreadySet`](StoreError::SubscriberAlreadySet), with the line to add,
/// where the process has a `tracing` subscriber already.
pub fn init(path: impl AsRef<Path>) -> Result<ShutdownGuard, StoreError> {
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
                .with_sink(store)
                .with_filter(LevelFilter::INFO),
        )
        .with(lines);
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|_| StoreError::SubscriberAlreadySet)?;
    Ok(whose::shutdown_guard())
}
