//! Coverage: which call sites make records without a user.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use rusqlite::Transaction;

use super::id_map::IdMap;
use super::names::{ANONYMOUS, load_names};
use super::pages::{KeyedPages, Rows};
use super::partitions::Partition;
use super::query::{Query, TimeRange};
use super::reader::Reader;
use super::rows::CoverageRow;
use super::site_names::SiteNames;
use super::weight::{WeightedSum, Weights, rounded};
use crate::error::StoreError;

impl Reader {
    pub(super) fn coverage(&self, query: &Query) -> Result<Rows<'_, CoverageRow>, StoreError> {
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

/// The user sources, the reasons and the weights, by the row ids of traits.
struct Traits {
    sources: IdMap<String>,
    reasons: IdMap<String>,
    weights: Weights,
}

impl Traits {
    fn load(tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            sources: load_names(tx, "SELECT id, user_source FROM traits")?,
            reasons: load_names(tx, "SELECT id, unattributed FROM traits")?,
            weights: Weights::load(tx)?,
        })
    }
}

/// The counts of one call site. Its texts are read when its row is returned.
struct SiteCounts {
    records: u64,
    without_user: u64,
    without_session: u64,
    is_estimated: bool,
    traits: Vec<(i64, WeightedSum)>,
}

/// The weighted counts of one call site.
#[derive(Default)]
struct SiteSums {
    records: WeightedSum,
    without_user: WeightedSum,
    without_session: WeightedSum,
    is_estimated: bool,
    traits: Vec<(i64, WeightedSum)>,
}

fn by_site(counts: CoverageCounts, traits: &Traits) -> IdMap<SiteCounts> {
    let mut sites: IdMap<SiteSums> = IdMap::default();
    for (key, records) in counts {
        let sums = sites.entry(key.site).or_default();
        let weight = traits.weights.of(key.traits);
        sums.records.add_times(records, weight);
        sums.is_estimated |= weight > 1.0;
        if !key.has_session {
            sums.without_session.add_times(records, weight);
        }
        let reason = traits.reasons.get(&key.traits).map(String::as_str);
        if !key.has_user && reason != Some(ANONYMOUS) {
            sums.without_user.add_times(records, weight);
        }
        let mut of_traits = WeightedSum::default();
        of_traits.add_times(records, weight);
        sums.traits.push((key.traits, of_traits));
    }
    let rounded = sites.into_iter().map(|(site, sums)| {
        let counts = SiteCounts {
            records: sums.records.rounded(),
            without_user: sums.without_user.rounded(),
            without_session: sums.without_session.rounded(),
            is_estimated: sums.is_estimated,
            traits: sums.traits,
        };
        (site, counts)
    });
    rounded.collect()
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
    let (mut sources, mut reasons) = (BTreeMap::new(), BTreeMap::new());
    for (id, records) in &counts.traits {
        for (names, sums) in [
            (&traits.sources, &mut sources),
            (&traits.reasons, &mut reasons),
        ] {
            if let Some(name) = names.get(id).filter(|name| !name.is_empty()) {
                let sum: &mut WeightedSum = sums.entry(name.clone()).or_default();
                sum.add_sum(*records);
            }
        }
    }
    Ok(CoverageRow {
        record_type: names.record_type,
        name: names.name,
        target: names.target,
        file: names.file,
        line: names.line,
        records: counts.records,
        without_user: counts.without_user,
        without_session: counts.without_session,
        reasons: rounded(reasons),
        sources: rounded(sources),
        is_estimated: counts.is_estimated,
    })
}
