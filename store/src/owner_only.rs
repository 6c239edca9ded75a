//! Files that only their owner can read.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

/// Creates the file with mode 0600 if there is none. SQLite gives the log and the shared memory the
/// same mode.
///
/// Ignores errors: SQLite reports them when it opens the file.
pub(crate) fn create_if_missing(path: &Path) {
    drop(create_new(path));
}

/// Creates a new file with mode 0600.
pub(crate) fn create_new(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// The mode of the file, if other users can read or write it.
#[cfg(unix)]
pub(crate) fn mode_open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;

    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
pub(crate) fn mode_open_to_others(_: &Path) -> Option<u32> {
    None
}
