//! Interrupting queries that never end on a damaged or forged file.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, ErrorCode};

use crate::error::{StoreError, WithPath};

/// The virtual machine steps between two callbacks.
const STEPS_PER_CALLBACK: u16 = 50_000;
/// The callbacks after which a query is interrupted: about 2 * 10^10 steps, minutes of work. A
/// query reads one partition at a time, or groups model calls; neither comes near.
const MAX_CALLBACKS: u64 = 400_000;

/// Counts the steps of a query.
#[derive(Debug)]
pub(super) struct StepLimit(Arc<AtomicU64>);

impl StepLimit {
    pub(super) fn install(connection: &mut Connection) -> rusqlite::Result<Self> {
        Self::install_with(connection, MAX_CALLBACKS)
    }

    fn install_with(connection: &mut Connection, max_callbacks: u64) -> rusqlite::Result<Self> {
        let count = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&count);
        let is_over = move || counted.fetch_add(1, Ordering::Relaxed) >= max_callbacks;
        connection.progress_handler(STEPS_PER_CALLBACK.into(), Some(is_over))?;
        Ok(Self(count))
    }

    /// Restarts the count.
    pub(super) fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    pub(super) fn to_store_error(&self, error: rusqlite::Error, path: &Path) -> StoreError {
        if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) {
            return StoreError::TooManySteps {
                path: path.to_path_buf(),
            };
        }
        let failed: rusqlite::Result<()> = Err(error);
        match failed.with_path(path) {
            Err(error) => error,
            Ok(()) => StoreError::TooManySteps {
                path: path.to_path_buf(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_query_is_interrupted_and_next_one_runs() {
        let mut connection = Connection::open_in_memory().unwrap();
        let limit = StepLimit::install_with(&mut connection, 3).unwrap();
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
            SELECT count(*) FROM n";
        let error = connection.query_row(endless, (), |_| Ok(())).unwrap_err();
        let error = limit.to_store_error(error, Path::new("whose.db"));
        assert!(
            matches!(error, StoreError::TooManySteps { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains("damaged or forged"), "{error}");
        limit.reset();
        let two: i64 = connection
            .query_row("SELECT 2", (), |row| row.get(0))
            .unwrap();
        assert_eq!(two, 2);
    }
}
