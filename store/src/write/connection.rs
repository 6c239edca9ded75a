//! The connection of the writer.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::error::{StoreError, WithPath};
use crate::log::{checkpoint, log_path};
use crate::schema;
use crate::stderr::warn;

/// The size of the statement cache. Larger than the number of statements, so that each is prepared
/// once.
const STATEMENT_CACHE: usize = 64;
/// How long one attempt to write waits for the lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);
/// How long the end of the writer waits for readers that block the last checkpoint.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the file at the path for the writer.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let connection = schema::open_for_writing(path)?;
    configure(&connection).with_path(path)?;
    Ok(connection)
}

pub(super) fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    Ok(())
}

/// Checkpoints as [`checkpoint`] does, but does not wait for a lock.
pub(super) fn checkpoint_at_once(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(Duration::ZERO)?;
    let is_empty = checkpoint(connection);
    connection.busy_timeout(BUSY_TIMEOUT)?;
    is_empty
}

/// Checkpoints the log into the file before the file is closed. Warns if the log remains.
pub(super) fn merge_log(connection: &Connection, path: &Path) {
    let deadline = Instant::now() + CHECKPOINT_TIMEOUT;
    let reason = loop {
        match checkpoint(connection) {
            Ok(true) => return,
            Ok(false) if Instant::now() < deadline => {}
            Ok(false) => {
                break format!(
                    "another connection reads from the store: keep {:?} beside the file, it \
                     contains the newest records until that connection closes",
                    log_path(path)
                );
            }
            Err(error) => break format!("the log cannot be merged into the file: {error}"),
        }
    };
    warn(path, &reason);
}
