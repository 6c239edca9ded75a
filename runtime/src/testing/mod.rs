//! For tests: what was recorded, and a global layer of one's own.
//!
//! Here, and nowhere else in the crate, a mistake panics.
//!
//! ```
//! # fn handle() { tracing::info_span!("plan").in_scope(|| ()) }
//! let rec = whose::testing::Recorder::start();
//! whose::user("alice").in_scope(handle);
//! assert_eq!(rec.span("plan").user_id(), Some("alice"));
//! ```

mod recorder;
mod strict;

pub use recorder::{isolate_global, Recorder};
pub use strict::{require_user, require_user_everywhere, RequireUser};
