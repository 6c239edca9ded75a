//! Waiting for the lock of a file beside a fast writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

/// How often the connection checks the lock. A fast writer frees the lock only briefly, and the
/// growing intervals of SQLite's own busy timeout would miss that.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// A busy timeout that can change while the connection is open.
#[derive(Clone, Debug)]
pub(crate) struct BusyTimeout(Arc<AtomicU64>);

impl BusyTimeout {
    /// Installs a busy handler that polls the lock.
    pub(crate) fn install(
        connection: &mut Connection,
        timeout: Duration,
    ) -> rusqlite::Result<Self> {
        let busy_timeout = Self(Arc::new(AtomicU64::new(0)));
        busy_timeout.set(timeout);
        let (mut start, timeout) = (Instant::now(), busy_timeout.clone());
        connection.busy_handler(Some(move |tries| {
            if tries == 0 {
                start = Instant::now();
            }
            thread::sleep(POLL_INTERVAL);
            start.elapsed() < Duration::from_millis(timeout.0.load(Ordering::Relaxed))
        }))?;
        Ok(busy_timeout)
    }

    pub(crate) fn set(&self, timeout: Duration) {
        let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        self.0.store(millis, Ordering::Relaxed);
    }
}

/// Whether the lock was not free until the timeout.
pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}
