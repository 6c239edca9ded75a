//! Copies of a store that is in use.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::OptionalExtension;

use crate::error::{StoreError, WithPath};
use crate::file_identity::FileIdentity;
use crate::owner_only;
use crate::read::Reader;

impl Reader {
    /// Copies the store into a new file, as a consistent snapshot, while programs write to it.
    ///
    /// Use it for backups. The copy is durable, has no log and no free pages, and is readable only
    /// by its owner. The path names a file only when the copy is whole: until then, the copy is beside
    /// it, with the ending `.partial`. Returns the size of the copy in bytes. The log of the store grows
    /// during the copy, since it cannot be reset.
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
        let failed = |error: io::Error| StoreError::of_new_file(to, &error);
        if to.try_exists().map_err(failed)? {
            return Err(failed(io::ErrorKind::AlreadyExists.into()));
        }
        let partial = &partial_path(to);
        // A killed backup has left this file.
        let _ = fs::remove_file(partial);
        owner_only::create_new(partial).map_err(failed)?;
        let file = FileIdentity::of(partial);
        let copied = self.copy_into(partial).and_then(|bytes| {
            // Another backup to the same path has removed the file, and made its own.
            if FileIdentity::of(partial) != file {
                return Err(failed(io::ErrorKind::AlreadyExists.into()));
            }
            publish(partial, to).map_err(failed).map(|()| bytes)
        });
        // The first error is more useful than an error of the removal.
        let _ = fs::remove_file(partial);
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

/// Gives a whole copy its name, unless there is a file of that name by now.
fn publish(partial: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(partial, to) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !to.try_exists()? => {
            // The file system has no links.
            fs::rename(partial, to)
        }
        linked => linked,
    }
}

fn partial_path(to: &Path) -> PathBuf {
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    partial.into()
}
