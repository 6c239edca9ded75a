//! Rewriting the file without free space.

use serde::Serialize;

use super::eraser::{Eraser, WithPathOrLocked};
use crate::error::StoreError;

/// What a rewrite of a file did; see [`Eraser::shrink`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VacuumReport {
    /// The size of the file before, in bytes.
    pub bytes_before: u64,
    /// The size of the file now, in bytes, without the log.
    pub bytes: u64,
    /// The size of the log in bytes if an open reader blocks its checkpoint, else 0. The file on
    /// disk shrinks when that reader is closed.
    pub log_bytes: u64,
}

impl Eraser {
    /// Rewrites the file without free pages.
    ///
    /// Use it after many records were deleted by hand; [`keep`](Self::keep) and
    /// [`forget`](Self::forget) rewrite the file themselves. Writers wait meanwhile, and the disk
    /// needs room for two copies.
    ///
    /// ```
    /// use whose_store::{Eraser, Store};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// drop(Store::open(&path)?);
    /// let report = Eraser::open(&path)?.shrink()?;
    /// assert!(report.bytes <= report.bytes_before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Locked`](StoreError::Locked) if another connection locks the file for a minute; any error
    /// of SQLite, for example on a full disk. The file stays as it was after an error.
    pub fn shrink(&self) -> Result<VacuumReport, StoreError> {
        let shrink = || {
            let bytes_before = self.size()?.bytes;
            self.vacuum()?;
            Ok(VacuumReport {
                bytes_before,
                log_bytes: self.truncate_log()?,
                bytes: self.size()?.bytes,
            })
        };
        shrink().with_path_or_locked(self.path())
    }
}
