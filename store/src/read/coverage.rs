//! Which call sites say whose their records are.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::Row;

use super::Reader;
use super::rows::CoverageRow;
use super::trail::place;
use super::users::count;
use crate::error::StoreError;

/// The reason of a record that has no user on purpose.
const MASKED: &str = "masked";

/// One line for each call site and each answer to "whose": few lines, however many records.
const COVERAGE: &str = "SELECT r.site, s.type, s.name, s.target, s.file, s.line,
      r.user IS NULL AS bare, r.user_source, r.unattributed, count(*) AS records,
      sum(r.session IS NULL) AS without_session
    FROM records r JOIN sites s ON s.id = r.site
    GROUP BY r.site, bare, r.user_source, r.unattributed";

impl Reader {
    /// How much of what each call site emits has a user and a session, and why the rest has no
    /// user: the site with the greatest share of records without a user first; of equal shares,
    /// the one with more of them, then the one with the greatest share without a session.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn coverage(&self) -> Result<Vec<CoverageRow>, StoreError> {
        let sites = self.ask(|moment| {
            let mut statement = moment.prepare_cached(COVERAGE)?;
            let mut rows = statement.query(())?;
            let mut sites: BTreeMap<i64, CoverageRow> = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let site = match sites.entry(row.get("site")?) {
                    Entry::Occupied(site) => site.into_mut(),
                    Entry::Vacant(site) => site.insert(of_site(row)?),
                };
                add(site, row)?;
            }
            Ok(sites)
        })?;
        let mut sites: Vec<_> = sites.into_values().collect();
        sites.sort_by(|a, b| {
            (b.share_without_user().total_cmp(&a.share_without_user()))
                .then(b.without_user.cmp(&a.without_user))
                .then(
                    b.share_without_session()
                        .total_cmp(&a.share_without_session()),
                )
                .then(b.records.cmp(&a.records))
        });
        Ok(sites)
    }
}

/// A call site of which no record is counted yet.
fn of_site(row: &Row<'_>) -> rusqlite::Result<CoverageRow> {
    let (file, line) = place(row)?;
    Ok(CoverageRow {
        record_type: row.get("type")?,
        name: row.get("name")?,
        target: row.get("target")?,
        file,
        line,
        records: 0,
        without_user: 0,
        without_session: 0,
        reasons: BTreeMap::new(),
        sources: BTreeMap::new(),
    })
}

fn add(site: &mut CoverageRow, row: &Row<'_>) -> rusqlite::Result<()> {
    let records = count(row, "records")?;
    site.records += records;
    site.without_session += count(row, "without_session")?;
    if let Some(source) = row.get("user_source")? {
        *site.sources.entry(source).or_default() += records;
    }
    let why: Option<String> = row.get("unattributed")?;
    let is_gap = row.get("bare")? && why.as_deref() != Some(MASKED);
    site.without_user += if is_gap { records } else { 0 };
    if let Some(why) = why {
        *site.reasons.entry(why).or_default() += records;
    }
    Ok(())
}
