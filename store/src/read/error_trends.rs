//! Errors over time.

use std::collections::HashMap;

use rusqlite::params;

use super::error_records::fingerprint_bytes;
use super::reader::Reader;
use super::time_parts::TimeParts;
use super::weight::{self, WeightedSum};
use crate::error::StoreError;

/// SQL for the errors of records `?1` to `?2`, in file order.
const SELECT_ERRORS: &str = "SELECT f.fingerprint, r.start, {weight}
    FROM failures f NOT INDEXED
    CROSS JOIN records r ON r.id = f.record
    LEFT JOIN traits q ON q.id = r.traits
    WHERE f.record BETWEEN ?1 AND ?2 AND f.fingerprint IS NOT NULL";

impl Reader {
    pub(super) fn error_trends(
        &self,
        fingerprints: &[&str],
        parts: &TimeParts,
    ) -> Result<Vec<Vec<u64>>, StoreError> {
        let groups: Vec<_> = fingerprints
            .iter()
            .copied()
            .map(fingerprint_bytes)
            .collect();
        let none = || vec![WeightedSum::default(); parts.count()];
        let mut sums: HashMap<&[u8], Vec<WeightedSum>> =
            groups.iter().map(|group| (&**group, none())).collect();
        let sql = SELECT_ERRORS.replace("{weight}", weight::OF_TRAITS);
        for partition in &self.partitions(&parts.query())?.0 {
            self.read_tx(|tx| {
                let mut statement = tx.prepare_cached(&sql)?;
                let mut rows = statement.query(params![partition.first_id, partition.last_id])?;
                while let Some(row) = rows.next()? {
                    let fingerprint = row.get_ref(0)?.as_bytes().unwrap_or_default();
                    let part = parts.part_of(row.get(1)?);
                    if let (Some(sums), Some(part)) = (sums.get_mut(fingerprint), part)
                        && let Some(sum) = sums.get_mut(part)
                    {
                        sum.add(row.get(2)?);
                    }
                }
                Ok(())
            })?;
        }
        let trend = |group: &Vec<u8>| {
            let sums = sums.get(&**group).into_iter().flatten();
            sums.map(|sum| sum.rounded()).collect()
        };
        Ok(groups.iter().map(trend).collect())
    }
}
