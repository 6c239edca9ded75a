//! Writing the views of a command to the access log.

use std::collections::HashSet;
use std::path::Path;

use whose_store::{Access, AccessLog, AccessWay, StoreError};

use crate::access::Viewer;
use crate::command_line::args::ReasonArgs;
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

/// Logs each user that one command shows, once.
pub(crate) struct ViewLog<'a> {
    db: &'a Path,
    command: &'static str,
    reason: Option<&'a str>,
    logged: HashSet<String>,
}

impl<'a> ViewLog<'a> {
    pub(crate) fn new(db: &'a Path, command: &'static str, why: &'a ReasonArgs) -> Self {
        Self {
            db,
            command,
            reason: why.reason.as_deref(),
            logged: HashSet::new(),
        }
    }

    /// Logs the user of a record before the record is shown.
    pub(crate) fn log(&mut self, user: Option<&str>) -> Result<(), CommandError> {
        let Some(user) = user.filter(|user| !self.logged.contains(*user)) else {
            return Ok(());
        };
        log_view(self.db, self.command, user, self.reason)?;
        self.logged.insert(user.to_owned());
        Ok(())
    }
}
