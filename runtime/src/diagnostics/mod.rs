pub(crate) mod limits;
pub(crate) mod stats;
pub(crate) mod truncate;
pub(crate) mod truncation;
pub(crate) mod warnings;

pub use limits::Limits;
pub use stats::{stats, Stats};
pub(crate) use truncation::Truncated;
pub(crate) use warnings::{Origin, Warning};
