//! Detects that the path no longer names the open file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::file_identity::FileIdentity;

/// The state of a file that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileState {
    /// The path names the open file.
    Present,
    /// The path names no file: the file was deleted or moved.
    Missing,
    /// The path names another file.
    Replaced,
    /// The file is empty.
    Emptied,
    /// The file is shorter than before: it was truncated or vacuumed.
    Shrunk,
}

/// A file, as the last check has seen it.
///
/// Calls `stat` only. Opening and closing the file would release the locks of SQLite, which belong
/// to the process on POSIX systems.
pub(super) struct WatchedFile {
    path: PathBuf,
    identity: Option<FileIdentity>,
    size: u64,
}

impl WatchedFile {
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            identity: FileIdentity::of_metadata(&metadata),
            size: metadata.len(),
        })
    }

    /// Checks the file and updates the recorded size.
    pub(super) fn check(&mut self) -> io::Result<FileState> {
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileState::Missing),
            Err(error) => return Err(error),
        };
        if FileIdentity::of_metadata(&metadata) != self.identity {
            return Ok(FileState::Replaced);
        }
        let before = std::mem::replace(&mut self.size, metadata.len());
        Ok(match metadata.len() {
            0 => FileState::Emptied,
            length if length < before => FileState::Shrunk,
            _ => FileState::Present,
        })
    }

    /// The size of the file at the last check, in bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether the file at the path has the expected identity and is not empty. Any thread can call
    /// this.
    pub(super) fn is_present(path: &Path, expected: Option<FileIdentity>) -> bool {
        fs::metadata(path)
            .is_ok_and(|now| FileIdentity::of_metadata(&now) == expected && now.len() > 0)
    }

    pub(super) fn identity(&self) -> Option<FileIdentity> {
        self.identity
    }
}
