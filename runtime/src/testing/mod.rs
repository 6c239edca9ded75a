//! Tools for tests: a recorder, coverage, strict mode, and a separate global level.
//!
//! Only this module panics on misuse.
//!
//! ```
//! # fn handle() { tracing::info_span!("plan").in_scope(|| ()) }
//! let rec = whose::testing::Recorder::start();
//! whose::user("alice").in_scope(handle);
//! assert_eq!(rec.span("plan").user_id(), Some("alice"));
//! ```

mod coverage;
mod current_coverage;
mod recorder;
mod strict;

pub use coverage::{CallSiteWithoutUser, Coverage};
pub use current_coverage::coverage;
pub use recorder::{isolate_global, Recorder};
pub use strict::{require_user, require_user_everywhere, RequireUser};
