//! Coverage: which call sites make records without a user.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use rusqlite::Transaction;

use super::id_map::IdMap;
use super::names::load_names;
use super::pages::{KeyedPages, Rows};
use super::partitions::Partition;
use super::query::{Query, TimeRange};
use super::reader::Reader;
use super::rows::CoverageRow;
use super::site_names::SiteNames;
use crate::error::StoreError;

/// The reason of a record in an anonymous scope.
pub(super) const ANONYMOUS: &str = "anonymous";

impl Reader {
    /// The share of the records of each call site that have a user and a session, and the reasons
    /// why the others have no user. Ordered by the share without a user, then by their number, then
    /// by the share without a session, highest first.
    ///
    /// Use it to find code that loses the user. Reads every record of the time range before it
    /// returns the first row.
    ///
    /// ```
    /// use whose_store::{Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// std::thread::spawn(|| tracing::info!("without its scope")).join().unwrap();
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let site = reader.coverage(&Query::new())?.next().ok_or("no call site")??;
    /// assert_eq!((site.records, site.without_user), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    pub fn coverage(&self, query: &Query) -> Result<Rows<'_, CoverageRow>, StoreError> {
        let mut counts = CoverageCounts::default();
        for partition in self.partitions(query)?.0 {
            self.read_tx(|tx| count(tx, &partition, query.range(), &mut counts))?;
        }
        let traits = self.read_tx(Traits::load)?;
        let mut sites: Vec<_> = by_site(counts, &traits).into_iter().collect();
        sites.sort_by(|a, b| order(&a.1, &b.1).then(a.0.cmp(&b.0)));
        let row = move |(site, counts): (i64, SiteCounts)| {
            self.read_tx(|tx| row(tx, site, &counts, &traits))
        };
        Ok(Rows::new(KeyedPages::new(sites, row), query.max_rows()))
    }
}

/// The properties that coverage counts. Few combinations occur, however many records there are.
#[derive(PartialEq, Eq, Hash)]
struct CoverageKey {
    site: i64,
    traits: i64,
    has_user: bool,
    has_session: bool,
}

type CoverageCounts = HashMap<CoverageKey, u64, RandomState>;

fn count(
    tx: &Transaction<'_>,
    partition: &Partition,
    range: TimeRange,
    counts: &mut CoverageCounts,
) -> rusqlite::Result<()> {
    // A scan in file order is faster than any index.
    let sql = "SELECT start, site, traits, user IS NOT NULL, session IS NOT NULL FROM records
        WHERE id BETWEEN ?1 AND ?2";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query([partition.first_id, partition.last_id])?;
    while let Some(row) = rows.next()? {
        if range.contains(row.get(0)?) {
            let key = CoverageKey {
                site: row.get(1)?,
                traits: row.get(2)?,
                has_user: row.get(3)?,
                has_session: row.get(4)?,
            };
            *counts.entry(key).or_default() += 1;
        }
    }
    Ok(())
}

/// The user sources and reasons, by the row ids of traits.
struct Traits {
    sources: IdMap<String>,
    reasons: IdMap<String>,
}

impl Traits {
    fn load(tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            sources: load_names(tx, "SELECT id, user_source FROM traits")?,
            reasons: load_names(tx, "SELECT id, unattributed FROM traits")?,
        })
    }
}

/// The counts of one call site. Its texts are read when its row is returned.
#[derive(Default)]
struct SiteCounts {
    records: u64,
    without_user: u64,
    without_session: u64,
    traits: Vec<(i64, u64)>,
}

fn by_site(counts: CoverageCounts, traits: &Traits) -> IdMap<SiteCounts> {
    let mut sites: IdMap<SiteCounts> = IdMap::default();
    for (key, records) in counts {
        let counts = sites.entry(key.site).or_default();
        counts.records += records;
        counts.without_session += if key.has_session { 0 } else { records };
        let reason = traits.reasons.get(&key.traits).map(String::as_str);
        let is_gap = !key.has_user && reason != Some(ANONYMOUS);
        counts.without_user += if is_gap { records } else { 0 };
        counts.traits.push((key.traits, records));
    }
    sites
}

/// Orders by the share without a user, highest first.
fn order(a: &SiteCounts, b: &SiteCounts) -> Ordering {
    // Compares shares as cross-multiplied integers: `b` against `a`.
    let share = |partition: fn(&SiteCounts) -> u64| {
        let across =
            |x: &SiteCounts, y: &SiteCounts| u128::from(partition(x)) * u128::from(y.records);
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
    let names = SiteNames::load(tx, site)?;
    let mut row = CoverageRow {
        record_type: names.record_type,
        name: names.name,
        target: names.target,
        file: names.file,
        line: names.line,
        records: counts.records,
        without_user: counts.without_user,
        without_session: counts.without_session,
        reasons: BTreeMap::new(),
        sources: BTreeMap::new(),
    };
    for (id, records) in &counts.traits {
        for (names, counts) in [
            (&traits.sources, &mut row.sources),
            (&traits.reasons, &mut row.reasons),
        ] {
            if let Some(name) = names.get(id).filter(|name| !name.is_empty()) {
                *counts.entry(name.clone()).or_default() += records;
            }
        }
    }
    Ok(row)
}
