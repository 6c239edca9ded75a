//! Which call sites say whose their records are.

use super::Reader;
use super::rows::CoverageRow;
use super::trail::place;
use super::users::count;
use crate::error::StoreError;

const COVERAGE: &str = "SELECT s.type, s.name, s.target, s.file, s.line, count(*) AS records,
      sum(r.user IS NULL AND NOT r.anonymous) AS without_user,
      sum(r.anonymous) AS anonymous,
      sum(r.session IS NULL) AS without_session
    FROM records r JOIN sites s ON s.id = r.site
    GROUP BY r.site
    ORDER BY without_user DESC, without_session DESC, records DESC, r.site";

impl Reader {
    /// How much of what each call site emits has a user and a session, the worst one first.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn coverage(&self) -> Result<Vec<CoverageRow>, StoreError> {
        self.ask(|moment| {
            let mut statement = moment.prepare_cached(COVERAGE)?;
            let rows = statement.query_map((), |row| {
                let (file, line) = place(row)?;
                Ok(CoverageRow {
                    record_type: row.get("type")?,
                    name: row.get("name")?,
                    target: row.get("target")?,
                    file,
                    line,
                    records: count(row, "records")?,
                    without_user: count(row, "without_user")?,
                    anonymous: count(row, "anonymous")?,
                    without_session: count(row, "without_session")?,
                })
            })?;
            rows.collect()
        })
    }
}
