//! Checking a file: its pages, its indexes, and its references.

use std::collections::BTreeMap;

use rusqlite::{Connection, ErrorCode};
use serde::Serialize;

use super::reader::Reader;
use crate::error::{StoreError, WithPath};
use crate::file_identity::ExpectedFile;
use crate::schema;

/// What a check of a file found; see [`Reader::check`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileCheck {
    /// The damage of pages, rows and indexes, as SQLite describes it: at most
    /// [`MAX_PROBLEMS`](Self::MAX_PROBLEMS) texts.
    pub problems: Vec<String>,
    /// Rows that refer to a row that was deleted by hand, by their table. Queries show them as
    /// `deleted user #4` and the like. Empty if the file is damaged.
    pub dangling: BTreeMap<String, u64>,
}

impl FileCheck {
    /// The most problems that a check lists.
    pub const MAX_PROBLEMS: usize = 100;

    /// Whether the file has no damage. Rows that refer to deleted rows are no damage.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.problems.is_empty()
    }
}

impl Reader {
    /// Checks every page, row and index of the file, also while programs write to it.
    ///
    /// Use it after a crash of the machine or of its disk, and for a copy that was restored. Reads
    /// the whole file.
    ///
    /// ```
    /// use whose_store::{Reader, Store};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// drop(Store::open(&path)?);
    /// assert!(Reader::open(&path)?.check()?.is_intact());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite. Damage is no error, unless SQLite cannot go on.
    pub fn check(&self) -> Result<FileCheck, StoreError> {
        // A check of a large file takes more steps than a query may.
        let connection = schema::open_for_reading(self.path(), ExpectedFile::Any)?;
        let problems = problems(&connection).with_path(self.path())?;
        let dangling = match problems.is_empty() {
            true => dangling(&connection).with_path(self.path())?,
            false => BTreeMap::new(),
        };
        Ok(FileCheck { problems, dangling })
    }
}

fn problems(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut problems = Vec::new();
    match add_problems(connection, &mut problems) {
        // SQLite gives up on some damage.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            problems.push(error.to_string());
        }
        added => added?,
    }
    Ok(problems)
}

fn add_problems(connection: &Connection, problems: &mut Vec<String>) -> rusqlite::Result<()> {
    let check = format!("PRAGMA integrity_check({})", FileCheck::MAX_PROBLEMS);
    let mut statement = connection.prepare(&check)?;
    let mut texts = statement.query(())?;
    while let Some(row) = texts.next()? {
        let text: String = row.get(0)?;
        if text != "ok" {
            problems.push(text);
        }
    }
    Ok(())
}

fn dangling(connection: &Connection) -> rusqlite::Result<BTreeMap<String, u64>> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query(())?;
    let mut dangling = BTreeMap::new();
    while let Some(row) = rows.next()? {
        *dangling.entry(row.get(0)?).or_default() += 1;
    }
    Ok(dangling)
}
