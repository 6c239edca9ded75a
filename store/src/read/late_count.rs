//! The late records of one user up to a record.

use super::weight::WeightedSum;

/// The records that links attribute to one user, up to a record.
#[derive(Clone, Debug)]
pub(super) struct LateCount {
    /// The isolated scopes of the links that were followed, in order.
    pub(super) scopes: Vec<i64>,
    pub(super) counted_to: i64,
    pub(super) late: WeightedSum,
}

impl Default for LateCount {
    fn default() -> Self {
        Self {
            scopes: Vec::new(),
            counted_to: i64::MIN,
            late: WeightedSum::default(),
        }
    }
}
