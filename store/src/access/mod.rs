//! The access log: who looked at the records of whom.

mod entry;
mod hash;
mod log;
mod reasons;

pub use entry::{Access, AccessWay};
pub(crate) use hash::{ChainedRow, FIRST_HASH, reason_hash};
pub use log::AccessLog;
pub(crate) use reasons::{count_viewers, erase_reasons};
