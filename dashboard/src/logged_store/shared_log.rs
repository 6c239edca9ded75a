//! The access log of the server, shared by all requests.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use whose_store::{Access, AccessLog, FileIdentity, StoreError};

use crate::pages::PageError;

/// How long the result of a check holds.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// One connection that appends, opened at the first use.
#[derive(Debug)]
pub(super) struct SharedLog {
    path: PathBuf,
    state: Mutex<LogState>,
}

#[derive(Debug, Default)]
struct LogState {
    /// The file that the readers have open.
    file: Option<FileIdentity>,
    log: Option<AccessLog>,
    /// When the file was written last, or not.
    checked_at: Option<Instant>,
    /// Why the file could not be written.
    failure: Option<String>,
}

impl SharedLog {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            state: Mutex::default(),
        }
    }

    /// Appends to the file that the readers have open.
    pub(super) fn append(&self, accesses: &[Access]) -> Result<(), PageError> {
        let mut state = self.lock();
        if FileIdentity::of(&self.path) != state.file {
            // The records are of a file that the path no longer names.
            return Err(PageError::FileReplaced);
        }
        let appended = self.write(&mut state, |log| log.append(accesses));
        appended.map_err(|error| match error {
            // The user was erased since the records were read.
            StoreError::UnknownUser { .. } => PageError::from(error),
            StoreError::FileReplaced { .. } => PageError::FileReplaced,
            error => PageError::AccessLog(error),
        })
    }

    /// Why no view can be appended at the moment.
    pub(super) fn failure(&self) -> Option<String> {
        let mut state = self.lock();
        let is_known = |at: Instant| at.elapsed() < CHECK_INTERVAL;
        if !state.checked_at.is_some_and(is_known) && FileIdentity::of(&self.path) == state.file {
            // The state has the error.
            let _ = self.write(&mut state, AccessLog::check_writable);
        }
        state.failure.clone()
    }

    /// Closes the log of the file that the readers had open, and that was replaced.
    pub(super) fn leave(&self) {
        let state = std::mem::take(&mut *self.lock());
        if let Some(log) = state.log {
            log.leave();
        }
    }

    /// Appends to that file from now on.
    pub(super) fn follow(&self, file: Option<FileIdentity>) {
        self.lock().file = file;
    }

    fn write(
        &self,
        state: &mut LogState,
        work: impl FnOnce(&AccessLog) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let opened = match state.log.take() {
            Some(log) => Ok(log),
            None => AccessLog::open_same(&self.path, state.file),
        };
        let written = opened.and_then(|log| {
            let written = work(&log);
            // After an error of the file, the next view opens the file again.
            if matches!(written, Ok(()) | Err(StoreError::UnknownUser { .. })) {
                state.log = Some(log);
            }
            written
        });
        state.checked_at = Some(Instant::now());
        state.failure = match &written {
            Ok(()) | Err(StoreError::UnknownUser { .. } | StoreError::Locked { .. }) => None,
            Err(error) => Some(error.to_string()),
        };
        written
    }

    fn lock(&self) -> MutexGuard<'_, LogState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
