//! The rows of the access log.

use rusqlite::{Row, Transaction, params_from_iter, types::Value};
use serde::Serialize;
use whose::Timestamp;

use super::column_reader::ColumnReader;
use super::pages::{MAX_COUNTED, PageSource, Remaining, Rows};
use super::query::{Query, TimeRange};
use super::reader::{Reader, find_user};
use crate::error::StoreError;
use crate::tombstone;

/// One view of the records of a user; see [`Queries::accesses`](super::Queries::accesses).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccessRow {
    /// The number of the row: the first row has 1.
    pub id: i64,
    /// When the viewer looked.
    pub time: Timestamp,
    /// Who looked: the account of the system, the name of a token, or `local`.
    pub viewer: String,
    /// How the viewer looked: `page`, `command`, `api` or `mcp`.
    pub way: String,
    /// The path of the page, or the name of the command.
    pub view: String,
    /// The id of the user whose records were shown; `None` once the user is forgotten.
    pub user: Option<String>,
    /// Why the viewer looked; `None` if no reason was given, and once the reason is erased.
    pub reason: Option<String>,
    /// The hash of the row and of all rows before, in hexadecimal digits.
    pub hash: String,
}

/// Which rows of the access log to list; see [`Queries::accesses`](super::Queries::accesses).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "pass it to `Queries::accesses`"]
pub struct AccessFilter {
    user: Option<String>,
    before: Option<i64>,
}

impl AccessFilter {
    /// All rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only views of the records of this user.
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.user = Some(id.into());
        self
    }

    /// Only rows before the row with that [id](AccessRow::id): the next page.
    pub fn before(mut self, id: i64) -> Self {
        self.before = Some(id);
        self
    }
}

const COLUMNS: &str = "a.id, a.time, a.viewer, a.way, a.view, coalesce(u.uid, u.identity), r.text,
    a.hash";
const TABLES: &str = "accesses a LEFT JOIN users u ON u.id = a.user
    LEFT JOIN access_reasons r ON r.access = a.id";
const CONDITION: &str = "a.id < ?1 AND a.time >= ?2 AND (?3 IS NULL OR a.time < ?3)";
const OF_SUBJECT: &str = "AND a.subject IN (?5, ?6, ?7)";

/// The keyed hashes of the identities that the id of a user can stand for.
type Subjects = [[u8; 32]; 3];

impl Reader {
    pub(super) fn accesses(
        &self,
        filter: &AccessFilter,
        query: &Query,
    ) -> Result<Rows<'_, AccessRow>, StoreError> {
        let subjects = match &filter.user {
            Some(id) => Some(self.subjects(id)?),
            None => None,
        };
        let pages = AccessPages {
            reader: self,
            subjects,
            before: filter.before.unwrap_or(i64::MAX),
            range: query.range(),
        };
        Ok(Rows::new(pages, query.max_rows()))
    }

    /// Fails if the store neither has the user nor a row about the user, who may be forgotten.
    fn subjects(&self, id: &str) -> Result<Subjects, StoreError> {
        const IS_SUBJECT: &str = "SELECT 1 FROM accesses WHERE subject IN (?1, ?2, ?3)";
        let found = self.read_tx(|tx| {
            let hash = |identity: &str| tombstone::hash(tx, identity);
            let subjects = [
                hash(&format!("id:{id}"))?,
                hash(&format!("hash:{id}"))?,
                hash(id)?,
            ];
            let is_known =
                find_user(tx, id)?.is_some() || tx.prepare_cached(IS_SUBJECT)?.exists(subjects)?;
            Ok(is_known.then_some(subjects))
        })?;
        found.ok_or_else(|| StoreError::UnknownUser { id: id.to_owned() })
    }
}

struct AccessPages<'r> {
    reader: &'r Reader,
    subjects: Option<Subjects>,
    before: i64,
    range: TimeRange,
}

impl AccessPages<'_> {
    /// The values of [`CONDITION`], the limit, and the values of [`OF_SUBJECT`].
    fn parameters(&self, max_rows: i64) -> Vec<Value> {
        let until = self.range.until.map_or(Value::Null, Value::Integer);
        let mut values = vec![
            self.before.into(),
            self.range.since.into(),
            until,
            max_rows.into(),
        ];
        let subjects = self.subjects.iter().flatten();
        values.extend(subjects.map(|subject| Value::Blob(subject.to_vec())));
        values
    }

    fn of_subject(&self) -> &'static str {
        self.subjects.map_or("", |_| OF_SUBJECT)
    }

    fn load(&self, tx: &Transaction<'_>, max_rows: usize) -> rusqlite::Result<Vec<AccessRow>> {
        let of_subject = self.of_subject();
        let sql = format!(
            "SELECT {COLUMNS} FROM {TABLES} WHERE {CONDITION} {of_subject}
             ORDER BY a.id DESC LIMIT ?4"
        );
        let max_rows = i64::try_from(max_rows).unwrap_or(i64::MAX);
        let mut statement = tx.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(self.parameters(max_rows)), read)?;
        rows.collect()
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AccessRow> {
    let mut columns = ColumnReader::new(row);
    Ok(AccessRow {
        id: columns.number()?,
        time: Timestamp::from_nanos(columns.number()?),
        viewer: columns.text()?,
        way: columns.text()?,
        view: columns.text()?,
        user: columns.optional_text()?,
        reason: columns.optional_text()?,
        hash: hex(row.get_ref(7)?.as_bytes().unwrap_or_default()),
    })
}

/// The bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl PageSource for AccessPages<'_> {
    type Row = AccessRow;

    fn next_page(&mut self, max_rows: usize) -> Result<Vec<AccessRow>, StoreError> {
        let rows = self.reader.read_tx(|tx| self.load(tx, max_rows))?;
        if let Some(last) = rows.last() {
            self.before = last.id;
        }
        Ok(rows)
    }

    fn count_rest(&mut self) -> Result<Remaining, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM accesses a WHERE {CONDITION} {} LIMIT ?4)",
            self.of_subject()
        );
        let most = i64::try_from(MAX_COUNTED).unwrap_or(i64::MAX);
        let count: i64 = self.reader.read_tx(|tx| {
            let mut statement = tx.prepare_cached(&sql)?;
            statement.query_row(params_from_iter(self.parameters(most)), |row| row.get(0))
        })?;
        Ok(match count.unsigned_abs() {
            count if count >= MAX_COUNTED => Remaining::at_least(count),
            count => Remaining::exactly(count),
        })
    }
}
