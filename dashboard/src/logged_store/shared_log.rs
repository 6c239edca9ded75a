//! The access log of the server, shared by all requests.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use whose_store::{Access, AccessLog, StoreError};

use super::file_identity::{FileIdentity, file_identity};

/// One connection that appends, opened at the first view of a person.
#[derive(Debug)]
pub(super) struct SharedLog {
    path: PathBuf,
    open: Mutex<Option<(AccessLog, Option<FileIdentity>)>>,
}

impl SharedLog {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            open: Mutex::default(),
        }
    }

    /// Appends to the file that the path names now.
    pub(super) fn append(&self, accesses: &[Access]) -> Result<(), StoreError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let file = file_identity(&self.path);
        let log = match open.take() {
            Some((log, of)) if of == file => log,
            _ => AccessLog::open(&self.path)?,
        };
        let appended = log.append(accesses);
        // After an error of the file, the next view opens the file again.
        if matches!(appended, Ok(()) | Err(StoreError::UnknownUser { .. })) {
            *open = Some((log, file));
        }
        appended
    }
}
