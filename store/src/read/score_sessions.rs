//! Sessions by their scores.

use rusqlite::{Row, Transaction, params};
use serde::Serialize;
use whose::Timestamp;

use super::external_sort::ExternalSort;
use super::names::load_name;
use super::pages::{PageSource, Remaining, Rows};
use super::query::Query;
use super::reader::Reader;
use crate::error::StoreError;

/// The scores of one name in a session; see
/// [`Queries::score_sessions`](super::Queries::score_sessions).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScoreSession {
    /// The id of the session.
    pub session: String,
    /// The number of scores.
    pub scores: u64,
    /// The mean of the scores.
    pub mean: f64,
    /// The least score.
    pub min: f64,
    /// The greatest score.
    pub max: f64,
    /// The time of the newest score.
    pub last_seen: Timestamp,
}

/// SQL for the sessions of the numbers with the name `?1`, up to record `?2`, from time `?3` on and
/// before `?4`. A record without a user belongs to the session that a link states.
const SELECT_SESSIONS: &str = "SELECT coalesce(r.session, l.session) AS of, count(*), avg(s.value),
      min(s.value), max(s.value), max(r.start)
    FROM scores s INDEXED BY scores_name
    CROSS JOIN records r ON r.id = s.record
    LEFT JOIN gaps n ON r.user IS NULL AND n.record = r.id
    LEFT JOIN links l ON l.isolated = n.isolated AND r.start < l.time
    WHERE s.name = ?1 AND s.record <= ?2 AND typeof(s.value) = 'real'
      AND r.start >= ?3 AND (?4 IS NULL OR r.start < ?4)
    GROUP BY of HAVING of IS NOT NULL";

const SESSION_NAME: &str = "SELECT coalesce(sid, 'deleted session #' || n.id)
    FROM (SELECT ?1 AS id) n LEFT JOIN sessions s ON s.id = n.id";

impl Reader {
    pub(super) fn score_sessions(
        &self,
        name: &str,
        query: &Query,
    ) -> Result<Rows<'_, ScoreSession>, StoreError> {
        let sorted = self.read_tx(|tx| sorted_sessions(tx, name, query))?;
        let pages = ScoreSessionPages {
            reader: self,
            sorted,
            returned: 0,
        };
        Ok(Rows::new(pages, query.max_rows()))
    }
}

fn sorted_sessions(
    tx: &Transaction<'_>,
    name: &str,
    query: &Query,
) -> rusqlite::Result<ExternalSort> {
    let range = query.range();
    let newest: Option<i64> = tx.query_row("SELECT max(id) FROM records", (), |row| row.get(0))?;
    let sorted = ExternalSort::new("session, scores, mean, min, max, last")?;
    let mut statement = tx.prepare_cached(SELECT_SESSIONS)?;
    let newest = newest.unwrap_or(i64::MIN);
    let mut rows = statement.query(params![name, newest, range.since, range.until])?;
    while let Some(row) = rows.next()? {
        let number = |column| row.get::<_, i64>(column);
        let real = |column| row.get::<_, f64>(column);
        let session = params![
            number(0)?,
            number(1)?,
            real(2)?,
            real(3)?,
            real(4)?,
            number(5)?
        ];
        sorted.insert("?, ?, ?, ?, ?, ?", session)?;
    }
    sorted.sort("mean, scores DESC, last DESC, session")?;
    Ok(sorted)
}

struct ScoreSessionPages<'r> {
    reader: &'r Reader,
    sorted: ExternalSort,
    returned: u64,
}

impl PageSource for ScoreSessionPages<'_> {
    type Row = ScoreSession;

    fn next_page(&mut self, max_rows: usize) -> Result<Vec<ScoreSession>, StoreError> {
        let page = self.sorted.page(self.returned, max_rows, session);
        let page = page.map_err(|error| self.reader.error(error))?;
        self.returned += page.len() as u64;
        self.reader.read_tx(|tx| {
            let named = page.into_iter().map(|(row_id, session)| {
                let name = load_name(tx, SESSION_NAME, row_id)?;
                Ok(ScoreSession {
                    session: name,
                    ..session
                })
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

/// The row id of a session, and its scores.
fn session(row: &Row<'_>) -> rusqlite::Result<(i64, ScoreSession)> {
    let session = ScoreSession {
        session: String::new(),
        scores: row.get::<_, i64>(1)?.unsigned_abs(),
        mean: row.get(2)?,
        min: row.get(3)?,
        max: row.get(4)?,
        last_seen: Timestamp::from_nanos(row.get(5)?),
    };
    Ok((row.get(0)?, session))
}
