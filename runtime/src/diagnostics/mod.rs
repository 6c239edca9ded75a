pub(crate) mod limits;
pub(crate) mod stats;
pub(crate) mod truncation;
pub(crate) mod warnings;

pub use limits::Limits;
pub use stats::{stats, Stats};
pub(crate) use truncation::Cut;
pub(crate) use warnings::{At, Once};
