//! The users whom the errors of one group hit.

use rusqlite::{Row, params};
use serde::Serialize;
use whose::Timestamp;

use super::error_records::fingerprint_bytes;
use super::external_sort::ExternalSort;
use super::names::user_name;
use super::pages::{PageSource, Remaining, Rows};
use super::query::Query;
use super::reader::Reader;
use super::usage::is_exact;
use super::weight;
use crate::error::StoreError;

/// A user whom the errors of a group hit; see [`Queries::error_users`](super::Queries::error_users).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ErrorUser {
    /// The id of the user.
    pub user: String,
    /// The number of errors.
    pub errors: u64,
    /// The number of sessions with such an error.
    pub sessions: u64,
    /// The time of the first error.
    pub first_seen: Timestamp,
    /// The time of the newest error.
    pub last_seen: Timestamp,
    /// Whether the number of errors is an estimate: see
    /// [`ErrorGroup::is_estimated`](super::ErrorGroup::is_estimated).
    #[serde(rename = "records_estimated", skip_serializing_if = "is_exact")]
    pub is_estimated: bool,
}

/// SQL for the users of the errors with the fingerprint `?1`, from time `?2` on and before `?3`.
const SELECT_USERS: &str = "SELECT r.user, CAST(round(sum({weight})) AS INTEGER),
      count(DISTINCT r.session), min(r.start), max(r.start), max({weight}) > 1
    FROM failures f INDEXED BY failures_kind
    CROSS JOIN records r ON r.id = f.record
    LEFT JOIN traits q ON q.id = r.traits
    WHERE f.fingerprint = ?1 AND r.user IS NOT NULL
      AND r.start >= ?2 AND (?3 IS NULL OR r.start < ?3)
    GROUP BY r.user";

impl Reader {
    pub(super) fn error_users(
        &self,
        fingerprint: &str,
        query: &Query,
    ) -> Result<Rows<'_, ErrorUser>, StoreError> {
        let range = query.range();
        let sql = SELECT_USERS.replace("{weight}", weight::OF_TRAITS);
        let sorted = self.read_tx(|tx| {
            let sorted = ExternalSort::new("user, errors, sessions, first, last, estimated")?;
            let mut statement = tx.prepare_cached(&sql)?;
            let of = params![fingerprint_bytes(fingerprint), range.since, range.until];
            let mut rows = statement.query(of)?;
            while let Some(row) = rows.next()? {
                let number = |column| row.get::<_, i64>(column);
                let user = params![
                    number(0)?,
                    number(1)?,
                    number(2)?,
                    number(3)?,
                    number(4)?,
                    number(5)?
                ];
                sorted.insert("?, ?, ?, ?, ?, ?", user)?;
            }
            sorted.sort("errors DESC, last DESC, user")?;
            Ok(sorted)
        })?;
        let pages = ErrorUserPages {
            reader: self,
            sorted,
            returned: 0,
        };
        Ok(Rows::new(pages, query.max_rows()))
    }
}

struct ErrorUserPages<'r> {
    reader: &'r Reader,
    sorted: ExternalSort,
    returned: u64,
}

impl PageSource for ErrorUserPages<'_> {
    type Row = ErrorUser;

    fn next_page(&mut self, max_rows: usize) -> Result<Vec<ErrorUser>, StoreError> {
        let page = self.sorted.page(self.returned, max_rows, user);
        let page = page.map_err(|error| self.reader.error(error))?;
        self.returned += page.len() as u64;
        self.reader.read_tx(|tx| {
            let named = page.into_iter().map(|(row_id, user)| {
                let name = user_name(tx, row_id)?;
                Ok(ErrorUser { user: name, ..user })
            });
            named.collect()
        })
    }

    fn count_rest(&mut self) -> Result<Remaining, StoreError> {
        let all = self.sorted.len();
        let all = all.map_err(|error| self.reader.error(error))?;
        Ok(Remaining::exactly(all.saturating_sub(self.returned)))
    }
}

/// The row id of a user, and the counts.
fn user(row: &Row<'_>) -> rusqlite::Result<(i64, ErrorUser)> {
    let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
    let time = |column| row.get(column).map(Timestamp::from_nanos);
    let user = ErrorUser {
        user: String::new(),
        errors: count(1)?,
        sessions: count(2)?,
        first_seen: time(3)?,
        last_seen: time(4)?,
        is_estimated: row.get(5)?,
    };
    Ok((row.get(0)?, user))
}
