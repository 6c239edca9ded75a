//! Which call sites say whose their records are.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use rusqlite::{Row, Transaction};

use super::Reader;
use super::rows::CoverageRow;
use super::scan::{ALL, ByNumber, scan, words};
use super::trail::place;
use crate::error::StoreError;

/// The reason of a record that has no user on purpose.
const MASKED: &str = "masked";

const SITE: &str = "SELECT type, name, target, file, line FROM sites WHERE id = ?1";

impl Reader {
    /// How much of what each call site emits has a user and a session, and why the rest has no
    /// user: the site with the greatest share of records without a user first; of equal shares,
    /// the one with more of them, then the one with the greatest share without a session.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn coverage(&self) -> Result<Vec<CoverageRow>, StoreError> {
        let mut sites = self.ask(sites)?;
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

/// What an answer to "whose" is: few are different, however many records there are.
#[derive(PartialEq, Eq, Hash)]
struct Answer {
    site: i64,
    traits: i64,
    has_user: bool,
    has_session: bool,
}

fn sites(moment: &Transaction<'_>) -> rusqlite::Result<Vec<CoverageRow>> {
    let mut answers: HashMap<Answer, u64, RandomState> = HashMap::default();
    scan(moment, ALL, (), |seen| {
        let answer = Answer {
            site: seen.site,
            traits: seen.traits,
            has_user: seen.user.is_some(),
            has_session: seen.session.is_some(),
        };
        *answers.entry(answer).or_default() += 1;
    })?;
    let sources = words(moment, "SELECT id, user_source FROM traits")?;
    let reasons = words(moment, "SELECT id, unattributed FROM traits")?;
    let word = |words: &ByNumber<String>, traits| {
        words.get(&traits).filter(|word| !word.is_empty()).cloned()
    };
    let mut statement = moment.prepare_cached(SITE)?;
    let mut sites = BTreeMap::new();
    for (answer, records) in answers {
        let row: &mut CoverageRow = match sites.entry(answer.site) {
            Entry::Occupied(site) => site.into_mut(),
            Entry::Vacant(site) => site.insert(statement.query_row([answer.site], of_site)?),
        };
        let (source, why) = (word(&sources, answer.traits), word(&reasons, answer.traits));
        row.records += records;
        row.without_session += if answer.has_session { 0 } else { records };
        let is_gap = !answer.has_user && why.as_deref() != Some(MASKED);
        row.without_user += if is_gap { records } else { 0 };
        if let Some(source) = source {
            *row.sources.entry(source).or_default() += records;
        }
        if let Some(why) = why {
            *row.reasons.entry(why).or_default() += records;
        }
    }
    Ok(sites.into_values().collect())
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
