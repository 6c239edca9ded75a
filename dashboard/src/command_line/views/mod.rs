//! The table of each command, and the notes below it.

mod accesses;
mod cost;
mod cost_over_time;
mod coverage;
mod errors;
mod explanation;
mod gate;
mod graph;
mod jobs;
mod losses;
mod scores;
mod search;
mod sessions;
mod trail;
mod unattributed;
mod usage;
mod users;

pub(crate) use accesses::accesses;
pub(crate) use cost::{cost_notes, costs};
pub(crate) use cost_over_time::{cost_over_time, cost_over_time_notes, costs_over_time};
pub(crate) use coverage::{CoverageSums, coverage};
pub(crate) use errors::{ErrorSums, errors};
pub(crate) use explanation::explanation;
pub(crate) use gate::{gate_notes, uncovered_sites};
pub(crate) use graph::{graph, graph_notes, named_edges};
pub(crate) use jobs::{JobSums, jobs};
pub(crate) use losses::losses;
pub(crate) use scores::{score_notes, scores};
pub(crate) use search::{identities, search_results};
pub(crate) use sessions::sessions;
pub(crate) use trail::trail;
pub(crate) use unattributed::{no_unattributed, unattributed};
pub(crate) use users::{user_notes, users};
