use std::io::IsTerminal;
use std::path::Path;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{EnvFilter, Layer, fmt, prelude::*};
use whose::ShutdownGuard;

use crate::error::StoreError;
use crate::store::Store;

/// Sets up a program that has no `tracing` subscriber: records go into the store at `path`, and log
/// lines with user and session go to stderr.
///
/// Use it in new programs. A program that has a subscriber adds [`whose::layer`] with a [`Store`]
/// to it instead.
///
/// The store receives records of level `info` and above. The lines on stderr follow the environment
/// variable `RUST_LOG`, `info` by default; `RUST_LOG` does not filter the store.
///
/// Keep the guard until the end of `main`. Dropping the guard closes the store and leaves one file
/// with every record.
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
/// Those of [`Store::open`]; [`SubscriberAlreadySet`](StoreError::SubscriberAlreadySet) if the
/// process already has a `tracing` subscriber.
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
