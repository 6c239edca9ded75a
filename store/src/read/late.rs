//! Records that had no user, and whose user is known by a link.

use rusqlite::Transaction;
use whose::Source;

use super::Reader;
use super::rows::RecordRow;
use super::scan::ByNumber;
use super::trail::{NOT_LATE, RECORDS};
use crate::error::StoreError;

/// The records `r` that the links `l` explain: what a scope recorded before it was identified.
const LINKED: &str = "links l CROSS JOIN gaps n ON n.isolated = l.isolated
    CROSS JOIN records r ON r.id = n.record AND r.user IS NULL AND r.start < l.time
    LEFT JOIN users lu ON lu.id = l.user LEFT JOIN sessions ls ON ls.id = l.session";

/// Who a link says that it was.
const LATE: &str = "coalesce(lu.uid, lu.identity, 'deleted user #' || l.user) AS late_user, ls.sid AS late_session";

impl Reader {
    /// The records that a link gives to the user, or the session, of that number.
    pub(super) fn late_records(
        &self,
        moment: &Transaction<'_>,
        column: &str,
        key: i64,
    ) -> rusqlite::Result<Vec<RecordRow>> {
        let records = RECORDS.replace("{from}", LINKED).replace(NOT_LATE, LATE);
        let sql = format!("{records} WHERE l.{column} = ?1");
        let mut statement = moment.prepare_cached(&sql)?;
        statement
            .query_map([key], |row| {
                let mut record = self.record(row)?;
                record.user = row.get("late_user")?;
                record.user_source = record.user.is_some().then(|| Source::Late.to_string());
                if record.session.is_none() {
                    record.session = row.get("late_session")?;
                    record.session_source =
                        record.session.is_some().then(|| Source::Late.to_string());
                }
                Ok(record)
            })?
            .collect()
    }

    /// How many records links give to each user.
    pub(super) fn late_by_user(&self, moment: &Transaction<'_>) -> rusqlite::Result<ByNumber<u64>> {
        let sql = format!(
            "SELECT l.user, count(*) FROM {LINKED} WHERE l.user IS NOT NULL GROUP BY l.user"
        );
        let mut statement = moment.prepare_cached(&sql)?;
        let counts = statement.query_map((), |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
        })?;
        counts.collect()
    }

    /// The records that have no user, and that no link explains, the one written last first.
    ///
    /// Use it to see what a lost user looks like, where [`coverage`](Self::coverage) counts them by
    /// call site.
    ///
    /// ```
    /// use whose_store::{Gaps, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _shutdown = whose_store::init(&path)?;
    /// std::thread::spawn(|| tracing::info!("without its scope")).join().unwrap();
    /// assert!(whose::flush(std::time::Duration::from_secs(5)).is_complete());
    ///
    /// let gaps = Reader::open(&path)?.unattributed(&Gaps::new())?;
    /// assert_eq!(gaps[0].message.as_deref(), Some("without its scope"));
    /// assert_eq!(gaps[0].unattributed.as_deref(), Some("no_scope"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn unattributed(&self, gaps: &Gaps) -> Result<Vec<RecordRow>, StoreError> {
        const UNEXPLAINED: &str =
            "r.user IS NULL AND r.id < ?1 AND q.unattributed NOT IN ('masked', 'withheld')
            AND (?2 IS NULL OR q.unattributed = ?2)
            AND NOT EXISTS (SELECT 1 FROM gaps n JOIN links l ON l.isolated = n.isolated
              WHERE n.record = r.id AND r.start < l.time AND l.user IS NOT NULL)";
        let from = "records r INDEXED BY records_nobody";
        let records = RECORDS.replace("{from}", from);
        let sql = format!("{records} WHERE {UNEXPLAINED} ORDER BY r.id DESC LIMIT ?3");
        let limit = i64::try_from(gaps.limit).unwrap_or(i64::MAX);
        self.ask(|moment| {
            let mut statement = moment.prepare_cached(&sql)?;
            statement
                .query_map((gaps.before, &gaps.reason, limit), |row| self.record(row))?
                .collect()
        })
    }
}

/// Which records without a user to list; see [`Reader::unattributed`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "give it to `Reader::unattributed`"]
pub struct Gaps {
    reason: Option<String>,
    limit: usize,
    before: i64,
}

impl Gaps {
    /// How many records an answer has at most, unless [`limit`](Self::limit) says otherwise.
    pub const LIMIT: usize = 50;

    /// The newest records without a user, but for those that have none on purpose.
    pub fn new() -> Self {
        Self {
            reason: None,
            limit: Self::LIMIT,
            before: i64::MAX,
        }
    }

    /// Only those without a user for that [reason](whose::Unattributed::as_str), such as `no_scope`.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// At most so many.
    pub fn limit(mut self, records: usize) -> Self {
        self.limit = records;
        self
    }

    /// Only those written before the record of that [number](RecordRow::id): the next page.
    pub fn before(mut self, id: i64) -> Self {
        self.before = id;
        self
    }
}

impl Default for Gaps {
    fn default() -> Self {
        Self::new()
    }
}
