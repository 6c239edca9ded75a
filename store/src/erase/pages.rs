//! The pages of the file and its log, after rows were deleted.

use std::time::Duration;

use super::eraser::{Eraser, is_busy};
use super::report::Remnant;

/// How long to wait for readers that hold up the end of the log.
const READER_TIMEOUT: Duration = Duration::from_secs(5);

/// How big the file is.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileSize {
    pub(super) bytes: u64,
    /// The bytes of pages that hold something.
    pub(super) used: u64,
}

impl Eraser {
    pub(super) fn size(&self) -> rusqlite::Result<FileSize> {
        let pragma = |name| {
            self.connection()
                .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
                .map(i64::unsigned_abs)
        };
        let (page, pages) = (pragma("page_size")?, pragma("page_count")?);
        Ok(FileSize {
            bytes: pages * page,
            used: pages.saturating_sub(pragma("freelist_count")?) * page,
        })
    }

    /// Writes every page anew, without free pages and without what is free inside of pages.
    ///
    /// `secure_delete` overwrites a row that is deleted. It does not overwrite the copy that stays
    /// behind in the free part of a page where SQLite has moved the row to another page, as it
    /// does to balance a tree.
    pub(super) fn vacuum(&self) -> rusqlite::Result<()> {
        // The copy is as big as the file: not in memory.
        self.connection()
            .pragma_update(None, "temp_store", "file")?;
        let rewritten = self.connection().execute_batch("VACUUM");
        self.connection()
            .pragma_update(None, "temp_store", "memory")?;
        rewritten
    }

    /// Builds the full-text index anew: its `secure-delete` leaves a word where the word tells two
    /// pages of the index apart.
    fn rebuild_index(&self) -> rusqlite::Result<()> {
        // The command `rebuild` reads no view that asks a table-valued function.
        const INDEX: &str = "INSERT INTO search (search) VALUES ('delete-all');
            INSERT INTO search (rowid, name, message, rest)
            SELECT id, name, message, rest FROM searched";
        self.write(|transaction| transaction.execute_batch(INDEX))
    }

    /// Brings the log into the file and empties the log; gives the bytes of the log where a reader
    /// held that up, 0 else.
    pub(super) fn truncate_log(&self) -> rusqlite::Result<u64> {
        let result = self.with_busy_timeout(READER_TIMEOUT, || {
            self.connection()
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| {
                    row.get::<_, bool>(0)
                })
        });
        let is_blocked = match result {
            Ok(is_blocked) => is_blocked,
            Err(error) if is_busy(&error) => true,
            Err(error) => return Err(error),
        };
        if !is_blocked {
            return Ok(0);
        }
        let mut log = self.path().as_os_str().to_owned();
        log.push("-wal");
        // Where the size cannot be told, the log still has to be named.
        Ok(std::fs::metadata(log).map_or(1, |log| log.len().max(1)))
    }

    /// Leaves no page behind, in the file and its log, that still holds what was deleted.
    pub(super) fn purge_pages(&self) -> rusqlite::Result<Option<Remnant>> {
        let rewritten = self.rebuild_index().and_then(|()| self.vacuum());
        let log_bytes = self.truncate_log()?;
        Ok(match rewritten {
            Err(error) => Some(Remnant::File {
                reason: error.to_string(),
            }),
            Ok(()) if log_bytes > 0 => Some(Remnant::Log { bytes: log_bytes }),
            Ok(()) => None,
        })
    }
}
