//! What tells a file from another file that took its place.

use std::path::Path;

/// What tells a file from another file that took its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity(u64, u64);

#[cfg(unix)]
pub(super) fn file_identity(path: &Path) -> Option<FileIdentity> {
    use std::os::unix::fs::MetadataExt;

    let metadata = std::fs::metadata(path).ok()?;
    Some(FileIdentity(metadata.dev(), metadata.ino()))
}

/// Windows does not let a file be replaced while a reader has it open.
#[cfg(not(unix))]
pub(super) fn file_identity(_: &Path) -> Option<FileIdentity> {
    None
}
