//! Groups of errors, and the users affected.

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde_json::Value as Json;
use whose::Timestamp;

use super::column::Column;
use super::column_reader::{ColumnReader, hex};
use super::error_key::ErrorKey;
use super::error_records::fingerprint_bytes;
use super::external_sort::ExternalSort;
use super::pages::{PageSource, Remaining, Rows};
use super::partitions::Partitions;
use super::query::{Query, TimeRange};
use super::reader::Reader;
use super::usage::is_exact;
use super::weight;
use crate::error::StoreError;

/// Errors with the same fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ErrorGroup {
    /// The fingerprint, in hexadecimal digits.
    pub fingerprint: String,
    /// The type of the newest error, if known.
    pub error_type: Option<String>,
    /// The message of the newest error.
    pub message: Option<String>,
    /// The level of the newest error.
    pub level: String,
    /// The causes of the newest error, outermost first.
    pub causes: Vec<String>,
    /// The spans around the newest error, innermost first.
    pub path: Vec<String>,
    /// The feature flags of the newest error, oldest first: objects with `key` and `value`.
    pub flags: Vec<Json>,
    /// The file of its call site.
    pub file: Option<String>,
    /// The line of its call site.
    pub line: Option<u32>,
    /// The number of errors.
    pub errors: u64,
    /// The number of users affected.
    pub users: u64,
    /// The number of sessions affected.
    pub sessions: u64,
    /// Errors without a user, except for anonymous ones.
    pub without_user: u64,
    /// The time of the first error.
    pub first_seen: Timestamp,
    /// The time of the newest error.
    pub last_seen: Timestamp,
    /// Whether the numbers of errors are estimates: a [`Sampler`](whose::Sampler) left out some of
    /// them, and the others count by their weights. The numbers of users and sessions are those of
    /// the errors that were kept.
    #[serde(rename = "records_estimated", skip_serializing_if = "is_exact")]
    pub is_estimated: bool,
}

impl ErrorGroup {
    /// Where the group stands in the list of errors.
    #[must_use]
    pub fn key(&self) -> ErrorKey {
        ErrorKey {
            users: self.users,
            errors: self.errors,
            last_seen: self.last_seen.as_nanos(),
            fingerprint: self.fingerprint.clone(),
        }
    }
}

/// The columns of a group of errors `f` with their records `r` and traits `q`; see [`group`].
const GROUP: &str = "f.fingerprint, CAST(round(sum({weight})) AS INTEGER),
      count(DISTINCT r.user), count(DISTINCT r.session),
      CAST(round(sum({weight} * (r.user IS NULL AND q.unattributed IS NOT 'anonymous'))) AS INTEGER),
      min(r.start), max(r.start), max(r.id), max({weight}) > 1";

/// SQL for the groups of the errors in the partitions `?2`, up to record `?3`, from time `?4` on
/// and before `?5`: all groups, or those with an error of user `?1`.
///
/// Reads the errors in file order and sorts them by group. Reading them by group looks up each
/// record at another place of the file, which takes more than twice as long.
const SELECT_GROUPS: &str = "SELECT {group}
    FROM json_each(?2) p
    CROSS JOIN failures f NOT INDEXED ON f.record BETWEEN p.value << 16 AND p.value << 16 | 65535
    CROSS JOIN records r ON r.id = f.record
    LEFT JOIN traits q ON q.id = r.traits
    WHERE f.fingerprint IS NOT NULL AND r.id <= ?3 AND r.start >= ?4
      AND (?5 IS NULL OR r.start < ?5)
      AND (?1 IS NULL OR f.fingerprint IN (
        SELECT hit.fingerprint FROM {records of the user}
        CROSS JOIN failures hit ON hit.record = r.id
        WHERE hit.fingerprint IS NOT NULL AND r.start >= ?4 AND (?5 IS NULL OR r.start < ?5)))
    GROUP BY f.fingerprint";

/// SQL for the group with the fingerprint `?1`, from time `?2` on and before `?3`.
const SELECT_GROUP: &str = "SELECT {group}
    FROM failures f INDEXED BY failures_kind
    CROSS JOIN records r ON r.id = f.record
    LEFT JOIN traits q ON q.id = r.traits
    WHERE f.fingerprint = ?1 AND r.start >= ?2 AND (?3 IS NULL OR r.start < ?3)
    GROUP BY f.fingerprint";

/// SQL for the newest error of group `?1` up to record `?2`, whose time is `?3`. With several
/// writers, the newest error is not always the one with the greatest number, but near it.
const SELECT_NEWEST: &str =
    "SELECT t.error_type, t.message, s.level, t.causes, f.path, f.flags, s.file, s.line
    FROM failures f INDEXED BY failures_kind
    CROSS JOIN records r ON r.id = f.record
    LEFT JOIN texts t ON t.id = r.text
    LEFT JOIN sites s ON s.id = r.site
    WHERE f.fingerprint = ?1 AND f.record <= ?2 AND r.start = ?3
    ORDER BY f.record DESC LIMIT 1";

const COLUMNS: &str =
    "fingerprint, errors, users, sessions, without_user, first, last, last_id, estimated";

impl Reader {
    pub(super) fn errors(
        &self,
        user_id: Option<&str>,
        query: &Query,
    ) -> Result<Rows<'_, ErrorGroup>, StoreError> {
        self.error_list(user_id, None, query)
    }

    pub(super) fn errors_after(
        &self,
        user_id: Option<&str>,
        key: &ErrorKey,
        query: &Query,
    ) -> Result<Rows<'_, ErrorGroup>, StoreError> {
        self.error_list(user_id, Some(key), query)
    }

    fn error_list(
        &self,
        user_id: Option<&str>,
        after: Option<&ErrorKey>,
        query: &Query,
    ) -> Result<Rows<'_, ErrorGroup>, StoreError> {
        let user = user_id.map(|id| self.user_row_id(id)).transpose()?;
        let partitions = self.partitions(query)?;
        let sorted = self.read_tx(|tx| groups(tx, user, &partitions, query.range()))?;
        let skipped = after.map_or(Ok(0), |key| key.position(&sorted));
        let pages = ErrorGroupPages {
            reader: self,
            sorted,
            returned: skipped.map_err(|error| self.error(error))?,
        };
        Ok(Rows::new(pages, query.max_rows()))
    }

    pub(super) fn error_group(
        &self,
        fingerprint: &str,
        query: &Query,
    ) -> Result<Option<ErrorGroup>, StoreError> {
        let range = query.range();
        let of = params![fingerprint_bytes(fingerprint), range.since, range.until];
        self.read_tx(|tx| {
            let mut statement = tx.prepare_cached(&with_columns(SELECT_GROUP))?;
            let found = statement.query_row(of, group).optional()?;
            let described = found.map(|(group, newest)| with_newest(tx, group, &newest));
            described.transpose()
        })
    }
}

/// The SQL with the columns of a group.
fn with_columns(sql: &str) -> String {
    sql.replace("{group}", GROUP)
        .replace("{weight}", weight::OF_TRAITS)
}

fn groups(
    tx: &Transaction<'_>,
    user: Option<i64>,
    partitions: &Partitions,
    range: TimeRange,
) -> rusqlite::Result<ExternalSort> {
    let sorted = ExternalSort::new(COLUMNS)?;
    let sql = with_columns(SELECT_GROUPS).replace(
        "{records of the user}",
        &Column::User.records_of_partitions(),
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let (partition_indexes, newest) = (partitions.to_json(), partitions.newest_id());
    let mut rows = statement.query(params![
        user,
        partition_indexes,
        newest,
        range.since,
        range.until
    ])?;
    while let Some(row) = rows.next()? {
        let number = |column| row.get::<_, i64>(column);
        let group = params![
            row.get::<_, Value>(0)?,
            number(1)?,
            number(2)?,
            number(3)?,
            number(4)?,
            number(5)?,
            number(6)?,
            number(7)?,
            number(8)?
        ];
        sorted.insert("?, ?, ?, ?, ?, ?, ?, ?, ?", group)?;
    }
    sorted.sort("users DESC, errors DESC, last DESC, fingerprint")?;
    Ok(sorted)
}

struct ErrorGroupPages<'r> {
    reader: &'r Reader,
    sorted: ExternalSort,
    returned: u64,
}

impl PageSource for ErrorGroupPages<'_> {
    type Row = ErrorGroup;

    fn next_page(&mut self, max_rows: usize) -> Result<Vec<ErrorGroup>, StoreError> {
        let page = self.sorted.page(self.returned, max_rows, group);
        let page = page.map_err(|error| self.reader.error(error))?;
        self.returned += page.len() as u64;
        self.reader.read_tx(|tx| {
            let groups = page.into_iter();
            groups
                .map(|(group, newest)| with_newest(tx, group, &newest))
                .collect()
        })
    }

    fn count_rest(&mut self) -> Result<Remaining, StoreError> {
        let all = self
            .sorted
            .len()
            .map_err(|error| self.reader.error(error))?;
        Ok(Remaining::exactly(all.saturating_sub(self.returned)))
    }
}

/// Where the newest error of a group is searched.
struct NewestError {
    fingerprint: Value,
    /// The greatest row id of the group's errors.
    last_id: i64,
}

/// The counts of a group, and where its newest error is.
fn group(row: &Row<'_>) -> rusqlite::Result<(ErrorGroup, NewestError)> {
    let fingerprint = row.get_ref(0)?.as_bytes().map(hex).unwrap_or_default();
    let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
    let time = |column| row.get(column).map(Timestamp::from_nanos);
    let group = ErrorGroup {
        fingerprint,
        error_type: None,
        message: None,
        level: String::new(),
        causes: Vec::new(),
        path: Vec::new(),
        flags: Vec::new(),
        file: None,
        line: None,
        errors: count(1)?,
        users: count(2)?,
        sessions: count(3)?,
        without_user: count(4)?,
        first_seen: time(5)?,
        last_seen: time(6)?,
        is_estimated: row.get(8)?,
    };
    let newest = NewestError {
        fingerprint: row.get(0)?,
        last_id: row.get(7)?,
    };
    Ok((group, newest))
}

/// The group with the texts of its newest error.
fn with_newest(
    tx: &Transaction<'_>,
    mut group: ErrorGroup,
    newest: &NewestError,
) -> rusqlite::Result<ErrorGroup> {
    let of_newest = params![
        newest.fingerprint,
        newest.last_id,
        group.last_seen.as_nanos()
    ];
    tx.prepare_cached(SELECT_NEWEST)?
        .query_row(of_newest, |row| describe(&mut group, row))
        .optional()?;
    Ok(group)
}

/// Adds the texts of the newest error to a group.
fn describe(group: &mut ErrorGroup, row: &Row<'_>) -> rusqlite::Result<()> {
    let mut columns = ColumnReader::new(row);
    group.error_type = columns.optional_text()?;
    group.message = columns.optional_text()?;
    group.level = columns.text()?;
    group.causes = columns.json()?;
    group.path = columns.json()?;
    group.flags = columns.json()?;
    (group.file, group.line) = columns.call_site()?;
    Ok(())
}
