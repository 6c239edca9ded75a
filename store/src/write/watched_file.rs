//! Whether the file that the writer has open is still the file at its path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What has become of a file while it was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileState {
    /// The file is where it was.
    Present,
    /// The path names no file any more: the file was deleted or moved.
    Missing,
    /// The path names another file.
    Replaced,
    /// The file has no byte left.
    Emptied,
    /// The file is shorter than before: it was truncated, or a shrinking made it smaller.
    Shrunk,
}

/// The file at a path, as it was when it was looked at last.
///
/// Only `stat` is used: to open and close the file would take away the locks that SQLite has on it,
/// which on POSIX systems belong to the process.
pub(super) struct WatchedFile {
    path: PathBuf,
    identity: Option<(u64, u64)>,
    size: u64,
}

impl WatchedFile {
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            identity: identity(&metadata),
            size: metadata.len(),
        })
    }

    /// Looks at the file, and remembers its size.
    pub(super) fn check(&mut self) -> io::Result<FileState> {
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileState::Missing),
            Err(error) => return Err(error),
        };
        if identity(&metadata) != self.identity {
            return Ok(FileState::Replaced);
        }
        let before = std::mem::replace(&mut self.size, metadata.len());
        Ok(match metadata.len() {
            0 => FileState::Emptied,
            length if length < before => FileState::Shrunk,
            _ => FileState::Present,
        })
    }

    /// The size of the file when it was looked at last.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether the file at the path is this file, and not empty: for a thread that does not own it.
    pub(super) fn is_present(path: &Path, expected: Option<(u64, u64)>) -> bool {
        fs::metadata(path).is_ok_and(|now| identity(&now) == expected && now.len() > 0)
    }

    pub(super) fn identity(&self) -> Option<(u64, u64)> {
        self.identity
    }
}

/// What tells files apart, where the system says so: the device and the number of the file on it.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // Other systems have none.
fn identity(metadata: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;

    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> Option<(u64, u64)> {
    None
}

/// The log that SQLite keeps beside a file.
pub(crate) fn log_path(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// How many bytes the log of the file has.
pub(super) fn log_size(path: &Path) -> u64 {
    fs::metadata(log_path(path)).map_or(0, |metadata| metadata.len())
}
