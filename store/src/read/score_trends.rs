//! Scores over time.

use std::collections::BTreeMap;

use serde::Serialize;

use super::reader::Reader;
use super::score_rows::{ScoreFilter, ScoreSummary};
use super::time_parts::TimeParts;
use crate::error::StoreError;

/// The scores of one name over time; see [`Queries::score_trends`](super::Queries::score_trends).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScoreTrend {
    /// The name.
    pub name: String,
    /// The number of scores in each part.
    pub counts: Vec<u64>,
    /// The mean of the numbers in each part; `None` if the part has only categories.
    pub means: Vec<Option<f64>>,
}

#[derive(Clone, Copy, Default)]
struct Part {
    count: u64,
    numbers: u64,
    sum: f64,
}

impl Part {
    #[allow(clippy::cast_precision_loss)] // No file has 2^53 records.
    fn mean(&self) -> Option<f64> {
        (self.numbers > 0).then(|| self.sum / self.numbers as f64)
    }
}

impl Reader {
    pub(super) fn score_trends(
        &self,
        filter: &ScoreFilter,
        parts: &TimeParts,
    ) -> Result<Vec<ScoreTrend>, StoreError> {
        let source = self.score_source(filter)?;
        let mut by_name: BTreeMap<String, Vec<Part>> = BTreeMap::new();
        for partition in &self.partitions(&parts.query())?.0 {
            self.read_tx(|tx| {
                source.each(tx, partition, |score| {
                    let Some(part) = parts.part_of(score.key.0) else {
                        return;
                    };
                    if !by_name.contains_key(&score.name) {
                        by_name.insert(score.name.clone(), vec![Part::default(); parts.count()]);
                        if by_name.len() > ScoreSummary::NAMES {
                            by_name.pop_last();
                        }
                    }
                    let sums = by_name.get_mut(&score.name);
                    let Some(sum) = sums.and_then(|sums| sums.get_mut(part)) else {
                        return;
                    };
                    sum.count += 1;
                    if let Some(value) = score.value {
                        sum.numbers += 1;
                        sum.sum += value;
                    }
                })
            })?;
        }
        let trends = by_name.into_iter().map(|(name, parts)| ScoreTrend {
            name,
            counts: parts.iter().map(|part| part.count).collect(),
            means: parts.iter().map(Part::mean).collect(),
        });
        Ok(trends.collect())
    }
}
