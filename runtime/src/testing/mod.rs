//! Tools for tests: a recorder, strict mode, and a separate global level.
//!
//! Only this module panics on misuse.
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
