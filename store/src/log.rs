//! SQLite's write-ahead log beside a file.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// The path of the log of a file.
pub(crate) fn log_path(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// The size of the log, in bytes; 0 if the size is unknown.
pub(crate) fn log_size(path: &Path) -> u64 {
    fs::metadata(log_path(path)).map_or(0, |metadata| metadata.len())
}

/// Checkpoints the log into the file and truncates the log. Returns `false` if a reader or a writer
/// blocks the checkpoint.
pub(crate) fn checkpoint(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| {
        row.get::<_, i64>(0).map(|busy| busy == 0)
    })
}
