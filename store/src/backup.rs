//! A copy of a store that is in use.

use std::fs::File;
use std::path::Path;

use rusqlite::OptionalExtension;

use crate::error::{StoreError, WithPath};
use crate::owner_only;
use crate::read::Reader;

impl Reader {
    /// Copies the store, as it is at one moment, into a new file, while programs go on writing.
    ///
    /// The copy is one file without a log, safe on disk, without the free space of the original, and
    /// readable by its owner alone. Its size in bytes is the answer. While the copy is made the log
    /// of the store cannot be emptied and grows by what is written meanwhile.
    ///
    /// ```
    /// use whose_store::{Reader, Store};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let copy = folder.path().join("copy.db");
    /// let _store = Store::open(&path)?;
    /// Reader::open(&path)?.backup(&copy)?;
    /// assert!(Reader::open(&copy).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidPath`](StoreError::InvalidPath), [`AlreadyExists`](StoreError::AlreadyExists) where there is
    /// such a file, [`ReadOnly`](StoreError::ReadOnly) where the folder cannot be written, and those
    /// of SQLite, such as on a full disk. After an error there is no copy.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<u64, StoreError> {
        let to = to.as_ref();
        crate::schema::check_path(to)?;
        owner_only::create_new(to).map_err(|error| StoreError::of_new_file(to, &error))?;
        let copied = self.copy_into(to);
        if copied.is_err() {
            // The error says more than that an unfinished file could not be removed.
            let _ = std::fs::remove_file(to);
        }
        copied
    }

    fn copy_into(&self, to: &Path) -> Result<u64, StoreError> {
        let name = to.to_str().ok_or_else(|| StoreError::InvalidPath {
            path: to.to_path_buf(),
            reason: "SQLite takes paths in UTF-8 alone",
        })?;
        self.connection()
            .query_row("VACUUM INTO ?1", [name], |_| Ok(()))
            .optional()
            .with_path(to)?;
        let synced = File::open(to).and_then(|file| {
            file.sync_all()?;
            file.metadata()
        });
        let metadata = synced.map_err(|error| StoreError::of_new_file(to, &error))?;
        Ok(metadata.len())
    }
}
