//! Which call sites say whose their records are.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use rusqlite::{OptionalExtension, Row, Transaction};

use super::activity::words;
use super::by_number::ByNumber;
use super::cells::Cells;
use super::parts::Part;
use super::query::{Query, TimeRange};
use super::reader::Reader;
use super::rows::CoverageRow;
use super::stream::{Listed, Rows};
use crate::error::StoreError;

/// The reason of a record that has no user on purpose.
pub(super) const ANONYMOUS: &str = "anonymous";

impl Reader {
    /// How much of what each call site emits has a user and a session, and why the rest has no
    /// user: the site with the greatest share of records without a user first; of equal shares,
    /// the one with more of them, then the one with the greatest share without a session.
    ///
    /// Every record of the time range is read before there is a first row.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn coverage(&self, query: &Query) -> Result<Rows<'_, CoverageRow>, StoreError> {
        let mut answers = Answers::default();
        for part in self.parts(query)?.0 {
            self.read(|tx| count(tx, &part, query.range(), &mut answers))?;
        }
        let traits = self.read(Traits::of)?;
        let mut sites: Vec<_> = by_site(answers, &traits).into_iter().collect();
        sites.sort_by(|a, b| order(&a.1, &b.1).then(a.0.cmp(&b.0)));
        let row = move |(site, counts): (i64, SiteCounts)| {
            self.read(|tx| row(tx, site, &counts, &traits))
        };
        Ok(Rows::new(Listed::new(sites, row), query.most()))
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

type Answers = HashMap<Answer, u64, RandomState>;

fn count(
    tx: &Transaction<'_>,
    part: &Part,
    range: TimeRange,
    answers: &mut Answers,
) -> rusqlite::Result<()> {
    // Every record once, in the order of the file: quicker than any index.
    let sql = "SELECT start, site, traits, user IS NOT NULL, session IS NOT NULL FROM records
        WHERE id BETWEEN ?1 AND ?2";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query([part.first_id, part.last_id])?;
    while let Some(row) = rows.next()? {
        if range.contains(row.get(0)?) {
            let answer = Answer {
                site: row.get(1)?,
                traits: row.get(2)?,
                has_user: row.get(3)?,
                has_session: row.get(4)?,
            };
            *answers.entry(answer).or_default() += 1;
        }
    }
    Ok(())
}

/// Where users come from, and why there is none, by the numbers of traits.
struct Traits {
    sources: ByNumber<String>,
    reasons: ByNumber<String>,
}

impl Traits {
    fn of(tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            sources: words(tx, "SELECT id, user_source FROM traits")?,
            reasons: words(tx, "SELECT id, unattributed FROM traits")?,
        })
    }
}

/// The counts of one call site; its texts are read when it is shown.
#[derive(Default)]
struct SiteCounts {
    records: u64,
    without_user: u64,
    without_session: u64,
    traits: Vec<(i64, u64)>,
}

fn by_site(answers: Answers, traits: &Traits) -> ByNumber<SiteCounts> {
    let mut sites: ByNumber<SiteCounts> = ByNumber::default();
    for (answer, records) in answers {
        let counts = sites.entry(answer.site).or_default();
        counts.records += records;
        counts.without_session += if answer.has_session { 0 } else { records };
        let reason = traits.reasons.get(&answer.traits).map(String::as_str);
        let is_gap = !answer.has_user && reason != Some(ANONYMOUS);
        counts.without_user += if is_gap { records } else { 0 };
        counts.traits.push((answer.traits, records));
    }
    sites
}

/// The greatest share without a user first.
fn order(a: &SiteCounts, b: &SiteCounts) -> Ordering {
    // Whole numbers, multiplied crosswise: the share of `b` against that of `a`.
    let share = |part: fn(&SiteCounts) -> u64| {
        let across = |x: &SiteCounts, y: &SiteCounts| u128::from(part(x)) * u128::from(y.records);
        across(b, a).cmp(&across(a, b))
    };
    share(|site| site.without_user)
        .then(Reverse(a.without_user).cmp(&Reverse(b.without_user)))
        .then(share(|site| site.without_session))
        .then(Reverse(a.records).cmp(&Reverse(b.records)))
}

fn row(
    tx: &Transaction<'_>,
    site: i64,
    counts: &SiteCounts,
    traits: &Traits,
) -> rusqlite::Result<CoverageRow> {
    let mut row = CoverageRow {
        record_type: String::new(),
        name: String::new(),
        target: String::new(),
        file: None,
        line: None,
        records: counts.records,
        without_user: counts.without_user,
        without_session: counts.without_session,
        reasons: BTreeMap::new(),
        sources: BTreeMap::new(),
    };
    for (number, records) in &counts.traits {
        for (words, counts) in [
            (&traits.sources, &mut row.sources),
            (&traits.reasons, &mut row.reasons),
        ] {
            if let Some(word) = words.get(number).filter(|word| !word.is_empty()) {
                *counts.entry(word.clone()).or_default() += records;
            }
        }
    }
    let describe = |found: &Row<'_>| {
        let mut cells = Cells::of(found);
        row.record_type = cells.text()?;
        row.name = cells.text()?;
        row.target = cells.text()?;
        (row.file, row.line) = cells.place()?;
        Ok(())
    };
    tx.prepare_cached("SELECT type, name, target, file, line FROM sites WHERE id = ?1")?
        .query_row([site], describe)
        .optional()?;
    Ok(row)
}
