//! The weights of records that a sampler chose.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::id_map::IdMap;

/// The greatest weight that counts: no sampler keeps fewer than one of a billion records.
const MAX: f64 = 1e9;

/// SQL for the weight of a record, from its row of `traits` with the alias `q`.
pub(super) const OF_TRAITS: &str = "min(max(coalesce(q.weight, 1.0), 1.0), 1e9)";

/// The weights by the row ids of traits. Traits whose weight is 1 have no entry.
pub(super) struct Weights(IdMap<f64>);

impl Weights {
    pub(super) fn load(tx: &Connection) -> rusqlite::Result<Self> {
        let mut statement = tx.prepare_cached("SELECT id, weight FROM traits WHERE weight <> 1")?;
        let mut rows = statement.query(())?;
        let mut weights = IdMap::default();
        while let Some(row) = rows.next()? {
            weights.insert(row.get(0)?, limited(row.get(1)?));
        }
        Ok(Self(weights))
    }

    /// How many records a record with these traits stands for.
    pub(super) fn of(&self, traits: i64) -> f64 {
        match self.0.is_empty() {
            true => 1.0,
            false => self.0.get(&traits).copied().unwrap_or(1.0),
        }
    }
}

/// A weight of the file. A forged file can have any number.
pub(crate) fn limited(weight: f64) -> f64 {
    match weight >= 1.0 {
        true => weight.min(MAX),
        false => 1.0,
    }
}

/// A sum of weights. Without a sampler, the sum is the exact number of records.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct WeightedSum(f64);

impl WeightedSum {
    pub(super) fn add(&mut self, weight: f64) {
        self.0 += weight;
    }

    /// Adds a number of each of as many records as `weight` states.
    #[allow(clippy::cast_precision_loss)] // No sum of a file reaches 2^53.
    pub(super) fn add_times(&mut self, number: u64, weight: f64) {
        self.0 += number as f64 * weight;
    }

    pub(super) fn add_sum(&mut self, other: Self) {
        self.0 += other.0;
    }

    /// The nearest whole number.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The sum is at least 0.
    pub(super) fn rounded(self) -> u64 {
        self.0.round() as u64
    }
}

/// The sums of a map, each rounded.
pub(super) fn rounded(sums: BTreeMap<String, WeightedSum>) -> BTreeMap<String, u64> {
    let sums = sums.into_iter();
    sums.map(|(name, sum)| (name, sum.rounded())).collect()
}
