//! The table of each command, and the notes below it.

mod cost;
mod coverage;
mod errors;
mod explanation;
mod gate;
mod jobs;
mod losses;
mod scores;
mod search;
mod sessions;
mod trail;
mod unattributed;
mod usage;
mod users;

pub(crate) use cost::{cost_notes, costs};
pub(crate) use coverage::{CoverageSums, coverage};
pub(crate) use errors::{ErrorSums, errors};
pub(crate) use explanation::explanation;
pub(crate) use gate::{gate_notes, uncovered_sites};
pub(crate) use jobs::{JobSums, jobs};
pub(crate) use losses::losses;
pub(crate) use scores::{score_notes, scores};
pub(crate) use search::{identities, search_results};
pub(crate) use sessions::sessions;
pub(crate) use trail::trail;
pub(crate) use unattributed::{no_unattributed, unattributed};
pub(crate) use users::{user_notes, users};
