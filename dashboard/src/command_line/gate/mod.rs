//! Coverage as a gate: `whose coverage --fail-under`, and its baseline file.

mod args;
mod baseline;
mod entry;
mod percent;
mod ratio;
mod report;
mod run;
mod sites;

pub(crate) use args::CoverageArgs;
pub(crate) use baseline::BaselineError;
pub(crate) use report::{GateFailure, GateReport};
pub(crate) use run::run;
pub(crate) use sites::{UncoveredSite, Unit};
