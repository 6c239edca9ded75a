//! A service with many concurrent users, its clients, and the truth about each record.
//!
//! The clients know the user of each request, and the service carries the id of the request on each
//! record. [`Audit`] compares the records of a tool with that truth, which does not come from `whose`.

mod audit;
mod clients;
mod expectations;
mod load;
mod observation;
mod rendezvous;
mod service;

pub use audit::{Audit, Traces};
pub use clients::{ALL_KINDS, POOLED, POOLED_BEFORE_LOGIN, POOLED_IN_BACKGROUND, RequestKind};
pub use expectations::{ExpectedRequest, POOL_STEPS, STEPS};
pub use load::{Load, install_panic_hook};
pub use observation::{Observation, ObservationRecorder, Seen, filter};
pub use service::{Forgotten, Pools};
