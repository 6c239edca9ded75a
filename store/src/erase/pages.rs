//! Erasing deleted content from the pages of the file and its log.

use std::time::Duration;

use super::eraser::Eraser;
use super::report::Remnant;
use crate::busy_timeout::is_busy;
use crate::log::{checkpoint, log_size};

/// How long a checkpoint waits for readers.
const READER_TIMEOUT: Duration = Duration::from_secs(5);

/// The size of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileSize {
    pub(super) bytes: u64,
    /// The bytes of used pages.
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

    /// Rewrites every page, without free pages and without free space inside pages.
    ///
    /// `secure_delete` overwrites deleted rows. It does not overwrite the copy that remains when
    /// SQLite moves a row to another page, for example to balance a tree.
    pub(super) fn vacuum(&self) -> rusqlite::Result<()> {
        // The copy is as large as the file, so it must not be in memory.
        self.connection()
            .pragma_update(None, "temp_store", "file")?;
        let rewritten = self.connection().execute_batch("VACUUM");
        self.connection()
            .pragma_update(None, "temp_store", "memory")?;
        rewritten
    }

    /// Rebuilds the full-text index. Its `secure-delete` leaves words that separate two pages of
    /// the index.
    fn rebuild_index(&self) -> rusqlite::Result<()> {
        // The command `rebuild` cannot read a view with a table-valued function.
        const INDEX: &str = "INSERT INTO search (search) VALUES ('delete-all');
            INSERT INTO search (rowid, name, message, rest)
            SELECT id, name, message, rest FROM searched";
        self.write(|transaction| transaction.execute_batch(INDEX))
    }

    /// Checkpoints the log into the file and truncates the log. Returns the size of the log in
    /// bytes if a reader blocks this, else 0.
    pub(super) fn truncate_log(&self) -> rusqlite::Result<u64> {
        let result = self.with_busy_timeout(READER_TIMEOUT, || checkpoint(self.connection()));
        match result {
            Ok(true) => return Ok(0),
            Ok(false) => {}
            Err(error) if is_busy(&error) => {}
            Err(error) => return Err(error),
        }
        // The log remains even if its size is unknown.
        Ok(log_size(self.path()).max(1))
    }

    /// Removes deleted content from every page of the file and its log.
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
