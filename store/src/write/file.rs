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
    Gone,
    /// The path names another file.
    Replaced,
    /// The file has no byte left.
    Emptied,
    /// The file is shorter than before: it was truncated, or a shrinking made it smaller.
    Shorter,
}

/// The file at a path, as it was when it was looked at last.
///
/// Only `stat` is used: to open and close the file would take away the locks that SQLite has on it,
/// which on POSIX systems belong to the process.
pub(super) struct WatchedFile {
    path: PathBuf,
    identity: Option<(u64, u64)>,
    length: u64,
}

impl WatchedFile {
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            identity: identity(&metadata),
            length: metadata.len(),
        })
    }

    /// Looks at the file, and remembers its size.
    pub(super) fn look(&mut self) -> io::Result<FileState> {
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileState::Gone),
            Err(error) => return Err(error),
        };
        if identity(&metadata) != self.identity {
            return Ok(FileState::Replaced);
        }
        let before = std::mem::replace(&mut self.length, metadata.len());
        Ok(match metadata.len() {
            0 => FileState::Emptied,
            length if length < before => FileState::Shorter,
            _ => FileState::Present,
        })
    }

    /// The size of the file when it was looked at last.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Whether the file at the path is this file, and not empty: for a thread that does not own it.
    pub(super) fn seems_present(path: &Path, identity_then: Option<(u64, u64)>) -> bool {
        fs::metadata(path).is_ok_and(|now| identity(&now) == identity_then && now.len() > 0)
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
pub(crate) fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// How many bytes the log of the file has.
pub(super) fn log_length(path: &Path) -> u64 {
    fs::metadata(log_of(path)).map_or(0, |metadata| metadata.len())
}
