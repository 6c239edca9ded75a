//! The lock of the process that sends the rows of a file.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::error::StoreError;
use crate::owner_only;

/// Locks the outbox of the file for this process, until the returned file is closed. Two processes
/// would send each row twice.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push("-outbox");
    let name = Path::new(&name);
    owner_only::create_if_missing(name);
    let open = OpenOptions::new().read(true).write(true).open(name);
    let file = open.map_err(|error| StoreError::of_new_file(name, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
            path: name.to_path_buf(),
            waited: Duration::ZERO,
        }),
        Err(TryLockError::Error(error)) => Err(StoreError::of_new_file(name, &error)),
    }
}
