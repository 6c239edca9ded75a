//! Sums of ranges of records, which the writer keeps, so that a list of users reads no record.

mod builder;
mod bytes;
mod call_sums;
mod cover;
mod encode;
mod maintain;
mod owner;
mod rolled_record;
mod scan;
mod table;
mod values;

pub(crate) use builder::RollupBuilder;
pub(super) use call_sums::{Ambiguous, CallSums};
pub(super) use cover::{Cover, Piece};
pub(crate) use maintain::{add_missing as add_missing_rollup, seal_before};
pub(crate) use owner::Owner;
pub(crate) use rolled_record::RolledRecord;
pub(super) use scan::Scan;
pub(super) use table::{Columns, each_of_owners, load};
pub(crate) use table::{Span as RollupSpan, insert as insert_rollup};
pub(super) use values::{OwnerOnDay, OwnerSums, RecordCount, Rollup, SessionOwner, merge_sorted};
