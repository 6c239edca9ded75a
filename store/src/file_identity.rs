//! What tells a file from another file that took its place.

use std::fs::{self, Metadata};
use std::path::Path;

use crate::error::StoreError;

/// What tells a file from another file that took its place: on Unix, the device and the inode.
///
/// Use it where a path is opened again. SQLite finds the log and the shared memory of a file by the path,
/// so a process must close every connection to the old file before it opens the new one.
///
/// ```
/// use whose_store::{FileIdentity, Reader, Store};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// drop(Store::open(&path)?);
/// assert_eq!(FileIdentity::of(&path), Reader::open(&path)?.file());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity(u64, u64);

impl FileIdentity {
    /// The identity of the file that the path names; `None` if there is no file, and on systems that
    /// do not let an open file be replaced.
    #[must_use]
    pub fn of(path: impl AsRef<Path>) -> Option<Self> {
        Self::of_metadata(&fs::metadata(path).ok()?)
    }

    #[cfg(unix)]
    #[allow(clippy::unnecessary_wraps)] // Other systems have none.
    pub(crate) fn of_metadata(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;

        Some(Self(metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    pub(crate) fn of_metadata(_: &Metadata) -> Option<Self> {
        None
    }
}

/// The file that a path has to name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ExpectedFile {
    Any,
    Same(Option<FileIdentity>),
}

impl ExpectedFile {
    /// Fails if the path names another file. Call this between the opening of a file and the first
    /// read, which opens the shared memory.
    pub(crate) fn check(self, path: &Path) -> Result<(), StoreError> {
        match self {
            Self::Same(file) if FileIdentity::of(path) != file => Err(StoreError::FileReplaced {
                path: path.to_path_buf(),
            }),
            _ => Ok(()),
        }
    }
}
