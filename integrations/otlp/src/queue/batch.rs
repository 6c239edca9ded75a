//! Encoded records that are sent together.

use whose::Service;

use crate::queue::owner::Owner;

/// Encoded records of one service, one after another.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The number of the batch in its queue, counted from 1.
    pub(crate) number: u64,
    /// The service of the layer that made the records.
    pub(crate) service: Option<Service>,
    /// The records, each with its tag and its length.
    pub(crate) records: Vec<u8>,
    /// How many records the batch has.
    pub(crate) count: u64,
    /// Where each record ends, and whose record it is; empty without a spool.
    pub(crate) owners: Vec<(usize, Owner)>,
    /// Whether a record of the service had no room.
    pub(crate) is_full: bool,
}
