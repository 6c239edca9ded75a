//! The arguments of `whose coverage`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::percent::Percent;
use super::sites::Unit;

#[derive(Debug, Args)]
#[command(next_help_heading = "Gate", group = ArgGroup::new("gate").multiple(true))]
pub(crate) struct CoverageArgs {
    /// Exit with code 3 if a smaller share has a user, and list the new call sites without one
    ///
    /// Anonymous records count as records with a user. Without any record, the gate fails.
    #[arg(long, value_name = "PERCENT", group = "gate")]
    pub(crate) fail_under: Option<Percent>,
    /// The share that has to be reached: of the records, or of the money of model calls
    #[arg(
        long,
        value_name = "UNIT",
        value_enum,
        default_value_t,
        requires = "gate"
    )]
    pub(crate) by: Unit,
    /// The file of known call sites without a user: no other call site is new
    ///
    /// Without a baseline, every call site without a user is new.
    #[arg(long, value_name = "FILE", requires = "gate")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the call sites without a user to the baseline file
    ///
    /// With --fail-under, the share is checked too.
    #[arg(long, group = "gate", requires = "baseline")]
    pub(crate) write_baseline: bool,
}

impl CoverageArgs {
    /// Whether the command checks or writes a baseline, instead of listing every call site.
    pub(crate) fn is_gate(&self) -> bool {
        self.fail_under.is_some() || self.write_baseline
    }
}
