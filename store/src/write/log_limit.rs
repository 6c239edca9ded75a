//! The size limit of the log.

use std::path::Path;

use rusqlite::Connection;

use super::connection::checkpoint_at_once;
use super::warning::LimitedWarning;
use super::write_error::WriteError;
use crate::log::{LARGE_LOG, log_path, log_size};

/// The size limit of the log, which grows as long as another connection reads from the store.
pub(super) struct LogLimit {
    max_bytes: u64,
    warning: LimitedWarning,
}

impl LogLimit {
    pub(super) fn new(max_bytes: u64) -> Self {
        Self {
            max_bytes,
            warning: LimitedWarning::default(),
        }
    }

    /// Warns about a log that grows because of a long read, and fails at the size limit.
    pub(super) fn check(&mut self, connection: &Connection, path: &Path) -> Result<(), WriteError> {
        let length = log_size(path);
        if length < LARGE_LOG.min(self.max_bytes) {
            return Ok(());
        }
        // Automatic checkpoints did not reset the log, so a reader blocks them. The queued records
        // must not wait for that reader.
        if checkpoint_at_once(connection)? {
            return Ok(());
        }
        let reason = format!(
            "{:?} has grown to {} MB because another connection keeps reading from the store: \
             close that connection",
            log_path(path),
            length >> 20
        );
        if length >= self.max_bytes {
            return Err(WriteError::File(format!(
                "{reason}. That is the limit of `StoreBuilder::max_log_bytes`"
            )));
        }
        self.warning.warn(path, &reason);
        Ok(())
    }
}
