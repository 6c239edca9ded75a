//! *Whose span is it?* `whose` attributes everything that a Rust service emits (spans, events,
//! errors, calls of language models) to the user and the session that caused it, across `.await`,
//! spawns and threads, without passing a user through the code.
//!
//! ```
//! use whose::with_user;
//!
//! struct Request {
//!     user: String,
//! }
//!
//! #[with_user(from = req.user)]
//! async fn chat(req: Request) -> Option<String> {
//!     tracing::info!("this line is the user's, and so is all that is called from here");
//!     whose::current().user_id().map(String::from)
//! }
//!
//! # #[tokio::main] async fn main() {
//! let answer = chat(Request { user: "alice".into() }).await;
//! assert_eq!(answer.as_deref(), Some("alice"));
//! # }
//! ```
//!
//! # Who wins
//!
//! One stack and one sentence: **the innermost frame that says something wins, and what is
//! explicit on the record wins over every frame.** From weakest to strongest:
//!
//! | layer | how it is set | [`Source`] |
//! |---|---|---|
//! | global | [`global()`]`.set_user(..)`, and nothing else | `Global` |
//! | isolated scope: one request, message, job | [`set_user`] inside it | `Isolation` |
//! | fixed scopes, outer to inner | [`user`]`("a").in_scope(..)`, [`macro@with_user`], [`guard!`] | `Scope` |
//! | explicit on the record | [`macro@trace`]`(user_id = ..)`, a `user.id` field, [`error`]`(&e).user(..)` | `Explicit` |
//!
//! - A user replaces the one outside it whole, unless it has the same id or is a
//!   [supplement](User::supplement): then it adds its fields. A session replaces the one outside
//!   it, and neither touches the other. Tags merge key by key.
//! - A `tracing` span keeps the stack that was current when it was created, and entering it brings
//!   that stack back: whatever carries a span carries its user. A span whose request has ended gives
//!   way to a request that runs.
//! - A spawned task, a new thread and a pool's job start with nothing: take the scope along with
//!   [`ScopeExt::with_current_scope`] or [`Scope::current`]. The captured scope replaces the scope
//!   that is current there, also where the captured scope is empty.
//! - Identity fields that are written by hand on a span (`info_span!("x", user.id = id)`) work, and
//!   are visible to every other layer. What the macros take is not put into fields.

pub use whose_macros::{guard, trace, with_session, with_user, AsId, AsUser};

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
mod attribution;
mod breadcrumb;
mod capture;
mod catch;
mod clock;
mod cut;
mod data;
mod diagnostics;
#[cfg(feature = "fmt")]
pub mod fmt;
mod frame;
pub mod guide;
mod identity;
mod intern;
mod keyed;
mod layer;
mod limits;
mod links;
mod names;
pub mod panic;
mod policy;
mod quoted;
#[cfg(feature = "rayon")]
pub mod rayon;
mod read;
mod record;
mod reentry;
mod resolve;
mod revision;
mod scope;
mod scoped;
mod service;
pub mod session;
mod source;
mod stack;
mod stats;
mod tags;
mod tally;
#[cfg(feature = "tokio")]
pub mod task;
pub mod testing;
mod text;
mod time;
#[cfg(feature = "tower")]
pub mod tower;
mod traced;
mod unattributed;
mod value;
mod write;

pub use attribution::Attribution;
pub use breadcrumb::Breadcrumb;
pub use capture::{
    capture_error, capture_message, error, message, usage, ErrorMarker, ErrorReport, ResultExt,
    UsageReport,
};
pub use identity::{AsId, AsText, AsUser, IdError, Session, SessionId, User, UserId};
pub use layer::{flush, layer, shutdown, shutdown_guard, sinks, Layer, ShutdownGuard, SinkStats};
pub use limits::Limits;
pub use policy::{Policy, PolicyError, PolicyKey, PolicyKeyError, Redacted, Scrubber};
pub use read::{current, with_current};
pub use record::{
    CallSite, Fingerprint, FlushOutcome, Kind, ModelUsage, Record, RecordSink, RecordType, ScopeId,
    SpanId, Status, TraceId,
};
pub use scope::{anonymous, session, tag, user, Guard, Scope};
pub use scoped::{ScopeExt, Scoped};
pub use service::Service;
pub use source::Source;
pub use stats::{stats, Stats};
pub use time::Timestamp;
pub use unattributed::UnattributedReason;
pub use value::{AsValue, Value};
pub use write::{
    add_breadcrumb, clear_session, clear_user, global, isolation, remove_context, remove_extra,
    remove_tag, set_anonymous, set_context, set_extra, set_session, set_tag, set_tags, set_user,
    Handle,
};
