//! A record as a rollup sums it.

use super::owner::Owner;

/// The columns of a record that a rollup sums.
#[derive(Clone, Copy)]
pub(crate) struct RolledRecord {
    pub(crate) owner: Owner,
    pub(crate) session: Option<i64>,
    pub(crate) start: i64,
    pub(crate) duration: Option<i64>,
    /// The index of the type: span, event or error.
    pub(crate) record_type: usize,
    pub(crate) weight: f64,
}
