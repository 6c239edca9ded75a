//! The records that were written last.

use rusqlite::{Transaction, params_from_iter};

use super::reader::{Reader, find_user};
use super::record_class::{RecordClass, class_condition};
use super::records;
use super::rows::RecordRow;
use crate::error::StoreError;

/// Which of the records that were written last to list; see [`Queries::latest`](super::Queries::latest).
///
/// ```
/// use whose_store::{LatestFilter, RecordClass};
///
/// let filter = LatestFilter::new().user("alice").class(RecordClass::Error).after(41);
/// assert_ne!(filter, LatestFilter::new());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "pass it to `Queries::latest`"]
pub struct LatestFilter {
    user: Option<String>,
    classes: Vec<RecordClass>,
    after: Option<i64>,
}

impl LatestFilter {
    /// All records.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only records that were written with this user. The store may not know the user yet.
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.user = Some(id.into());
        self
    }

    /// Only records of this class. Several classes add up.
    pub fn class(mut self, class: RecordClass) -> Self {
        self.classes.push(class);
        self
    }

    /// Only records that were written after the record with this [id](RecordRow::id).
    pub fn after(mut self, id: i64) -> Self {
        self.after = Some(id);
        self
    }
}

/// The records that were written last; see [`Queries::latest`](super::Queries::latest).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LatestRecords {
    /// The records of the filter, the last one first.
    pub rows: Vec<RecordRow>,
    /// The greatest id of the file, also of records that the filter leaves out: the next query starts
    /// after this id. `None` if the file has no record, and the filter starts after none.
    pub newest: Option<i64>,
    /// How many records after [`LatestFilter::after`] are not in `rows`, though they match or were not
    /// looked at: there were more than the query may return. Zero for a filter that starts after no
    /// record.
    pub omitted: u64,
}

/// The most records that one query looks at, so that a filter that nothing matches does not read the
/// whole file.
const MAX_SCANNED: i64 = 100_000;

impl Reader {
    pub(super) fn latest(
        &self,
        filter: &LatestFilter,
        max_rows: usize,
    ) -> Result<LatestRecords, StoreError> {
        self.read_tx(|tx| {
            let newest: Option<i64> =
                tx.query_row("SELECT max(id) FROM records", (), |row| row.get(0))?;
            let Some(newest) = newest.filter(|id| filter.after.is_none_or(|after| *id > after))
            else {
                return Ok(LatestRecords {
                    newest: filter.after,
                    ..LatestRecords::default()
                });
            };
            let scan = Scan::new(tx, filter, newest)?;
            let ids = scan.ids(tx, max_rows)?;
            let omitted = match (filter.after, ids.last()) {
                (Some(after), Some(last)) if ids.len() == max_rows => {
                    scan.count_before(tx, *last)? + scan.unseen(after)
                }
                (Some(after), _) => scan.unseen(after),
                (None, _) => 0,
            };
            let rows = ids.into_iter().map(|id| records::by_id(self, tx, id));
            Ok(LatestRecords {
                rows: rows
                    .filter_map(Result::transpose)
                    .collect::<Result<_, _>>()?,
                newest: Some(newest),
                omitted,
            })
        })
    }
}

/// The records that a query looks at: those after `floor`, up to `newest`.
struct Scan {
    floor: i64,
    newest: i64,
    /// SQL that continues the condition on the ids. Its parameter is `?3`.
    condition: String,
    /// The row id of the user; `None` for records of everybody.
    user: Option<i64>,
}

impl Scan {
    fn new(tx: &Transaction<'_>, filter: &LatestFilter, newest: i64) -> rusqlite::Result<Self> {
        /// No user has this row id.
        const UNKNOWN: i64 = -1;
        let user = match &filter.user {
            Some(id) => Some(find_user(tx, id)?.unwrap_or(UNKNOWN)),
            None => None,
        };
        let of_user = if user.is_some() {
            " AND r.user = ?3"
        } else {
            ""
        };
        let condition = format!("{of_user}{}", class_condition(&filter.classes));
        let floor = newest.saturating_sub(MAX_SCANNED);
        Ok(Self {
            floor: filter.after.map_or(floor, |after| after.max(floor)),
            newest,
            condition,
            user,
        })
    }

    /// The greatest ids, greatest first.
    fn ids(&self, tx: &Transaction<'_>, max_rows: usize) -> rusqlite::Result<Vec<i64>> {
        let sql = format!(
            "SELECT r.id FROM records r WHERE r.id > ?1 AND r.id <= ?2{} ORDER BY r.id DESC
             LIMIT {max_rows}",
            self.condition
        );
        let mut statement = tx.prepare_cached(&sql)?;
        let ids = statement.query_map(self.parameters(self.newest), |row| row.get(0))?;
        ids.collect()
    }

    /// How many records that were looked at come before a record and match.
    fn count_before(&self, tx: &Transaction<'_>, id: i64) -> rusqlite::Result<u64> {
        let sql = format!(
            "SELECT count(*) FROM records r WHERE r.id > ?1 AND r.id <= ?2{}",
            self.condition
        );
        let mut statement = tx.prepare_cached(&sql)?;
        let count: i64 = statement.query_row(self.parameters(id - 1), |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// At most that many records after an id were not looked at.
    fn unseen(&self, after: i64) -> u64 {
        self.floor.saturating_sub(after).max(0).unsigned_abs()
    }

    /// The parameters of a statement over the records up to `last`.
    fn parameters(&self, last: i64) -> impl rusqlite::Params {
        let ids = [self.floor, last].into_iter();
        params_from_iter(ids.chain(self.user))
    }
}
