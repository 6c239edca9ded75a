//! The log and the shared memory beside a file that was replaced.

use std::fs;
use std::path::{Path, PathBuf};

use crate::file_identity::FileIdentity;
use crate::log::{log_path, log_size};

/// The files that SQLite keeps beside an open file. They stay the same while a connection is open.
///
/// SQLite finds them by the path, so the next program that opens another file at the path would read
/// them as those of that file. Whoever notices the replacement removes them; other programs keep what
/// they have open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SideFiles {
    log: Option<FileIdentity>,
    shared_memory: Option<FileIdentity>,
}

impl SideFiles {
    /// The files beside the path. Call this after the first read of a connection, which opens them.
    pub(crate) fn of(path: &Path) -> Self {
        Self {
            log: FileIdentity::of(log_path(path)),
            shared_memory: FileIdentity::of(shared_memory_path(path)),
        }
    }

    /// Removes the files, unless those beside the path are of another file by now. Returns `false`, and
    /// removes nothing, if the log has content that was not merged.
    pub(crate) fn remove(self, path: &Path) -> bool {
        let log = log_path(path);
        let is_own_log = self.log.is_some() && FileIdentity::of(&log) == self.log;
        if is_own_log && log_size(path) > 0 {
            return false;
        }
        let shared_memory = shared_memory_path(path);
        let is_own =
            self.shared_memory.is_some() && FileIdentity::of(&shared_memory) == self.shared_memory;
        // The shared memory first: without it, an empty log means nothing.
        for (file, is_own) in [(shared_memory, is_own), (log, is_own_log)] {
            if is_own {
                // The next program that opens the path reports what is wrong.
                let _ = fs::remove_file(file);
            }
        }
        true
    }
}

fn shared_memory_path(path: &Path) -> PathBuf {
    let mut shared_memory = path.as_os_str().to_owned();
    shared_memory.push("-shm");
    shared_memory.into()
}
