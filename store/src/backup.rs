//! Copies of a store that is in use.

use std::fs::File;
use std::path::Path;

use rusqlite::OptionalExtension;

use crate::error::{StoreError, WithPath};
use crate::owner_only;
use crate::read::Reader;

impl Reader {
    /// Copies the store into a new file, as a consistent snapshot, while programs write to it.
    ///
    /// Use it for backups. The copy is durable, has no log and no free pages, and is readable only
    /// by its owner. Returns the size of the copy in bytes. The log of the store grows during the
    /// copy, since it cannot be reset.
    ///
    /// ```
    /// use whose_store::{Reader, Queries, Store};
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
    /// [`InvalidPath`](StoreError::InvalidPath); [`AlreadyExists`](StoreError::AlreadyExists) if
    /// there is a file at `to`; [`ReadOnly`](StoreError::ReadOnly) if the folder cannot be written;
    /// any error of SQLite, for example on a full disk. A failed backup leaves no file.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<u64, StoreError> {
        let to = to.as_ref();
        crate::schema::check_path(to)?;
        owner_only::create_new(to).map_err(|error| StoreError::of_new_file(to, &error))?;
        let copied = self.copy_into(to);
        if copied.is_err() {
            // The first error is more useful than an error of the removal.
            let _ = std::fs::remove_file(to);
        }
        copied
    }

    fn copy_into(&self, to: &Path) -> Result<u64, StoreError> {
        let name = to.to_str().ok_or_else(|| StoreError::InvalidPath {
            path: to.to_path_buf(),
            reason: "SQLite only supports paths in UTF-8",
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
