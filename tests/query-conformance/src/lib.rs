//! What every engine of [`Queries`] has to answer about the records that it was given.
//!
//! An engine passes if [`check`] returns. The records are those of [`record_scenario`], and each
//! case compares an answer with what the scenario did:
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("whose.db");
//! let store = whose_store::Store::open(&path)?;
//! query_conformance::record_scenario(store);
//! query_conformance::check(&whose_store::Reader::open(&path)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cases;
mod rows;
mod scenario;
mod search_cases;
mod timelines;

pub use cases::{CASES, Case, check};
pub use scenario::record_scenario;
pub use whose_store::Queries;
