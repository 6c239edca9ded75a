//! The records that links attribute to users, counted once for the part of the file that stays.

use std::sync::PoisonError;

use rusqlite::Transaction;

use super::id_map::IdMap;
use super::late_count::LateCount;
use super::query::TimeRange;
use super::rollup::Piece;
use super::summary_cache::{Kept, SummaryCache, ids_of};
use super::weight::{WeightedSum, Weights};

/// The most links whose counts are kept: 16 MB of row ids.
const MAX_KEPT_LINKS: usize = 2_000_000;
/// The most newest records without a user that are looked up one by one.
const MAX_NEWEST_GAPS: i64 = 4_096;

/// Counts the late records of a query.
pub(super) struct LateCounter<'a, 't> {
    pub(super) tx: &'t Transaction<'t>,
    pub(super) weights: Weights,
    pub(super) pieces: &'a [Piece],
    pub(super) range: TimeRange,
    /// The newest record of the query.
    pub(super) newest: i64,
}

impl LateCounter<'_, '_> {
    /// The late records of each of the users.
    pub(super) fn count(
        &self,
        cache: &SummaryCache,
        users: impl Iterator<Item = i64>,
    ) -> rusqlite::Result<Vec<u64>> {
        let full = self.full_partitions();
        let Some(full_to) = full
            .last()
            .map(Piece::last)
            .filter(|_| self.range == TimeRange::ALL)
        else {
            let count = |user| self.between(user, i64::MIN, self.newest);
            return users.map(|user| Ok(count(user)?.rounded())).collect();
        };
        let newest = self.newest_of_all(full_to)?;
        let mut kept = cache.late.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.is_part_of(full) {
            *kept = Kept::default();
        }
        kept.ids = ids_of(full);
        users
            .map(|user| {
                let mut late = self.full(&mut kept.sum, user, full_to)?;
                late.add_sum(match &newest {
                    Some(newest) => newest.get(&user).copied().unwrap_or_default(),
                    None => self.between(user, full_to, self.newest)?,
                });
                Ok(late.rounded())
            })
            .collect()
    }

    /// The full partitions before the first record that is in none.
    fn full_partitions(&self) -> &[Piece] {
        let is_full = |piece: &&Piece| piece.lasting().is_some();
        let count = self.pieces.iter().take_while(is_full).count();
        &self.pieces[..count]
    }

    /// The late records of a user up to `full_to`.
    fn full(
        &self,
        kept: &mut IdMap<LateCount>,
        user: i64,
        full_to: i64,
    ) -> rusqlite::Result<WeightedSum> {
        let scopes = self.scopes(user)?;
        if kept.values().map(|count| count.scopes.len()).sum::<usize>() > MAX_KEPT_LINKS {
            kept.clear();
        }
        let count = kept.entry(user).or_default();
        let is_known = |scope: &i64| count.scopes.binary_search(scope).is_ok();
        let new: Vec<i64> = scopes
            .iter()
            .filter(|scope| !is_known(scope))
            .copied()
            .collect();
        let has_all = scopes.len() - new.len() == count.scopes.len();
        if !has_all || count.counted_to > full_to {
            *count = LateCount::default();
        }
        let mut late = count.late;
        if count.counted_to > i64::MIN {
            for scope in new {
                late.add_sum(self.of_scope(scope, count.counted_to)?);
            }
        }
        if count.counted_to < full_to {
            late.add_sum(self.between(user, count.counted_to, full_to)?);
        }
        *count = LateCount {
            scopes,
            counted_to: full_to,
            late,
        };
        Ok(late)
    }

    /// The isolated scopes of the links of a user, in order.
    fn scopes(&self, user: i64) -> rusqlite::Result<Vec<i64>> {
        const SCOPES: &str = "SELECT isolated FROM links INDEXED BY links_user WHERE user = ?1
            ORDER BY isolated";
        let mut statement = self.tx.prepare_cached(SCOPES)?;
        let scopes = statement.query_map([user], |row| row.get(0))?;
        scopes.collect()
    }

    fn between(&self, user: i64, after: i64, to: i64) -> rusqlite::Result<WeightedSum> {
        late_between(self.tx, &self.weights, user, (after, to), self.range)
    }

    /// The late records of a linked scope up to a record.
    fn of_scope(&self, scope: i64, to: i64) -> rusqlite::Result<WeightedSum> {
        const OF_SCOPE: &str = "SELECT r.traits FROM links l
            CROSS JOIN gaps n ON n.isolated = l.isolated AND n.record <= ?2
            CROSS JOIN records r ON r.id = n.record
            WHERE l.isolated = ?1 AND r.user IS NULL AND r.start < l.time";
        let mut statement = self.tx.prepare_cached(OF_SCOPE)?;
        let mut rows = statement.query((scope, to))?;
        let mut late = WeightedSum::default();
        while let Some(row) = rows.next()? {
            late.add(self.weights.of(row.get(0)?));
        }
        Ok(late)
    }

    /// The late records of every user after a record; `None` if that many records have no user that
    /// following the links of a user is faster.
    fn newest_of_all(&self, after: i64) -> rusqlite::Result<Option<IdMap<WeightedSum>>> {
        const GAPS: &str = "SELECT count(*) FROM
            (SELECT 1 FROM gaps WHERE record > ?1 AND record <= ?2 LIMIT ?3)";
        const NEWEST: &str = "SELECT l.user, r.traits FROM gaps n
            CROSS JOIN links l ON l.isolated = n.isolated
            CROSS JOIN records r ON r.id = n.record
            WHERE n.record > ?1 AND n.record <= ?2 AND l.user IS NOT NULL AND r.user IS NULL
              AND r.start < l.time";
        let limit = MAX_NEWEST_GAPS + 1;
        let mut count = self.tx.prepare_cached(GAPS)?;
        let gaps: i64 = count.query_row((after, self.newest, limit), |row| row.get(0))?;
        if gaps > MAX_NEWEST_GAPS {
            return Ok(None);
        }
        let mut statement = self.tx.prepare_cached(NEWEST)?;
        let mut rows = statement.query((after, self.newest))?;
        let mut users = IdMap::<WeightedSum>::default();
        while let Some(row) = rows.next()? {
            let late = users.entry(row.get(0)?).or_default();
            late.add(self.weights.of(row.get(1)?));
        }
        Ok(Some(users))
    }
}

/// The records that links attribute to a user, after one record and up to another.
pub(super) fn late_between(
    tx: &Transaction<'_>,
    weights: &Weights,
    user: i64,
    (after, to): (i64, i64),
    range: TimeRange,
) -> rusqlite::Result<WeightedSum> {
    const BETWEEN: &str = "SELECT r.start, r.traits FROM links l
        CROSS JOIN gaps n ON n.isolated = l.isolated AND n.record > ?2 AND n.record <= ?3
        CROSS JOIN records r ON r.id = n.record
        WHERE l.user = ?1 AND r.user IS NULL AND r.start < l.time";
    let mut statement = tx.prepare_cached(BETWEEN)?;
    let mut rows = statement.query((user, after, to))?;
    let mut late = WeightedSum::default();
    while let Some(row) = rows.next()? {
        if range.contains(row.get(0)?) {
            late.add(weights.of(row.get(1)?));
        }
    }
    Ok(late)
}
