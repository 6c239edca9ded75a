//! Each answer as a table, with the notes below the table.

mod cost;
mod coverage;
mod errors;
mod losses;
mod records;
mod search;
mod sessions;
mod unattributed;
mod usage;
mod users;
mod what;

pub(crate) use cost::{cost_notes, costs};
pub(crate) use coverage::{CoverageSums, coverage};
pub(crate) use errors::{ErrorSums, errors};
pub(crate) use losses::losses;
pub(crate) use records::trail;
pub(crate) use search::{found, identities};
pub(crate) use sessions::sessions;
pub(crate) use unattributed::unattributed;
pub(crate) use users::{user_notes, users};
