//! Writing the views of a command to the access log.

use std::path::Path;

use whose_store::{Access, AccessLog, AccessWay, StoreError};

use crate::command_line::error::CommandError;

/// Logs that a command shows the records of a user. The command shows nothing if this fails.
pub(crate) fn log_view(
    db: &Path,
    command: &str,
    user: &str,
    reason: Option<&str>,
) -> Result<(), CommandError> {
    let access = Access::new(viewer(), AccessWay::Command, command, user);
    let access = access.reason(reason.unwrap_or_default());
    let appended = AccessLog::open(db).and_then(|log| log.append(&[access]));
    appended.map_err(|error| match error {
        StoreError::ReadOnly { .. } | StoreError::Locked { .. } | StoreError::Sqlite { .. } => {
            CommandError::AccessLog(error)
        }
        error => error.into(),
    })
}

/// The account of the system that runs the command; under `sudo`, the account that called `sudo`.
fn viewer() -> String {
    let account = whoami::username().unwrap_or_else(|_| "unknown account".to_owned());
    match std::env::var("SUDO_USER") {
        Ok(caller) if account == "root" && !caller.is_empty() => format!("{caller} (sudo)"),
        _ => account,
    }
}
