//! SQLite's write-ahead log beside a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;

/// The log size, in bytes, above which a reader keeps the log from being merged. Automatic checkpoints
/// keep the log at half of this.
pub(crate) const LARGE_LOG: u64 = 64 << 20;

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

/// Since when a reader keeps the log from being merged into the file, at the latest; `None` if no reader
/// does.
///
/// Each checkpoint writes to the file, up to the moment from which the oldest reader reads. So the last
/// change of the file is from shortly after that moment.
pub(crate) fn held_since(path: &Path) -> Option<SystemTime> {
    if log_size(path) <= LARGE_LOG {
        return None;
    }
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    let (file, log) = (changed(path).ok()?, changed(&log_path(path)).ok()?);
    (file < log).then_some(file)
}

/// Checkpoints the log into the file and truncates the log. Returns `false` if a reader or a writer
/// blocks the checkpoint.
pub(crate) fn checkpoint(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| {
        row.get::<_, i64>(0).map(|busy| busy == 0)
    })
}
