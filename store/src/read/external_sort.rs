//! Sorting rows on disk when they may not fit in memory.

use rusqlite::types::Value;
use rusqlite::{Connection, Params, Row};

/// A table in a temporary file. SQLite creates the file when its page cache is full, and deletes it
/// on close.
pub(super) struct ExternalSort {
    file: Connection,
}

impl ExternalSort {
    /// An empty table `unsorted` with these columns.
    pub(super) fn new(columns: &str) -> rusqlite::Result<Self> {
        let file = Connection::open("")?;
        file.execute_batch(&format!(
            "PRAGMA journal_mode = off; PRAGMA temp_store = file;
             CREATE TABLE unsorted ({columns}); BEGIN"
        ))?;
        Ok(Self { file })
    }

    /// Ignores later rows whose column has one of these values.
    pub(super) fn exclude<'v>(
        &self,
        column: &str,
        values: impl Iterator<Item = &'v Value>,
    ) -> rusqlite::Result<()> {
        self.file.execute_batch(&format!(
            "CREATE TABLE excluded (value); CREATE INDEX excluded_value ON excluded (value);
             CREATE TRIGGER unsorted_excluded BEFORE INSERT ON unsorted
             WHEN EXISTS (SELECT 1 FROM excluded WHERE value IS NEW.{column})
             BEGIN SELECT raise(IGNORE); END"
        ))?;
        let mut insert = self.file.prepare("INSERT INTO excluded VALUES (?)")?;
        for value in values {
            insert.execute([value])?;
        }
        Ok(())
    }

    pub(super) fn insert(&self, values: &str, row: impl Params) -> rusqlite::Result<()> {
        let sql = format!("INSERT INTO unsorted VALUES ({values})");
        self.file.prepare_cached(&sql)?.execute(row)?;
        Ok(())
    }

    /// Sorts the rows, for [`page`](Self::page).
    pub(super) fn sort(&self, by: &str) -> rusqlite::Result<()> {
        self.file.execute_batch(&format!(
            "CREATE TABLE sorted AS SELECT * FROM unsorted ORDER BY {by};
             DROP TABLE unsorted; COMMIT"
        ))
    }

    /// The rows after the first `from`, at most `max_rows`.
    pub(super) fn page<T>(
        &self,
        from: u64,
        max_rows: usize,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut statement = self
            .file
            .prepare_cached("SELECT * FROM sorted WHERE rowid > ?1 ORDER BY rowid LIMIT ?2")?;
        let (from, max_rows) = (
            from.cast_signed(),
            i64::try_from(max_rows).unwrap_or(i64::MAX),
        );
        statement.query_map((from, max_rows), row)?.collect()
    }

    /// The number of rows that fulfil a condition.
    pub(super) fn count(&self, condition: &str, values: impl Params) -> rusqlite::Result<u64> {
        let sql = format!("SELECT count(*) FROM sorted WHERE {condition}");
        let count: i64 = self.file.query_row(&sql, values, |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// The number of rows.
    pub(super) fn len(&self) -> rusqlite::Result<u64> {
        let last: Option<i64> =
            self.file
                .query_row("SELECT max(rowid) FROM sorted", (), |row| row.get(0))?;
        Ok(last.unwrap_or_default().unsigned_abs())
    }
}
