//! Files that their owner alone can read.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

/// Makes the file, readable by its owner alone, if there is none; SQLite gives its log and its
/// shared memory the same mode.
///
/// An error is left to SQLite, which meets it too.
pub(crate) fn create_if_missing(path: &Path) {
    drop(create_new(path));
}

/// Makes a file that is not there yet, readable by its owner alone.
pub(crate) fn create_new(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// The mode of the file, if others than its owner can read or write it.
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
