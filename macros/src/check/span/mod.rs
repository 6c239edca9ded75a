//! Checks of the span of `trace`.

mod build;
mod fields;
mod level;
mod literal;
mod report;

pub(super) use build::check;
pub(super) use literal::{plain, ungroup};
pub(crate) use report::refusal;
