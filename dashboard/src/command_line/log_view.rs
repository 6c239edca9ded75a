//! Writing the views of a command to the access log.

use std::path::Path;

use whose_store::{Access, AccessLog, AccessWay, StoreError};

use crate::access::Viewer;
use crate::command_line::error::CommandError;

/// Logs that a command shows the records of a user. The command shows nothing if this fails.
pub(crate) fn log_view(
    db: &Path,
    command: &str,
    user: &str,
    reason: Option<&str>,
) -> Result<(), CommandError> {
    let viewer = Viewer::account();
    let access = Access::new(viewer.name(), AccessWay::Command, command, user);
    let access = access.reason(reason.unwrap_or_default());
    let appended = AccessLog::open(db).and_then(|log| log.append(&[access]));
    appended.map_err(|error| match error {
        StoreError::ReadOnly { .. } | StoreError::Locked { .. } | StoreError::Sqlite { .. } => {
            CommandError::AccessLog(error)
        }
        error => error.into(),
    })
}
