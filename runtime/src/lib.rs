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

#![cfg_attr(docsrs, feature(doc_cfg))]

pub use whose_macros::{guard, trace, with_session, with_user, AsId, AsUser};

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
#[cfg(any(
    feature = "fmt",
    feature = "rayon",
    feature = "tokio",
    feature = "tower"
))]
mod bridges;
mod capture;
mod context;
mod diagnostics;
mod error;
mod frame;
pub mod guide;
mod layer;
mod model;
mod pipeline;
mod policy;
mod record;
mod resolve;
mod scope;
mod stack;
pub mod testing;
mod user_code;
mod util;

#[cfg(feature = "fmt")]
pub use bridges::fmt;
#[cfg(feature = "rayon")]
pub use bridges::rayon;
#[cfg(feature = "tokio")]
pub use bridges::task;
#[cfg(feature = "tower")]
pub use bridges::tower;
pub use capture::{
    capture_error, capture_message, error, message, panic, usage, ErrorMarker, ErrorReport,
    ResultExt, UsageReport,
};
pub use context::{
    add_breadcrumb, clear_session, clear_user, current, global, isolation, remove_context,
    remove_extra, remove_tag, session, set_anonymous, set_context, set_extra, set_session, set_tag,
    set_tags, set_user, with_current, Handle,
};
pub use diagnostics::{stats, Limits, Stats};
pub use layer::{layer, Layer};
pub use model::{
    AsId, AsText, AsUser, AsValue, Attribution, Breadcrumb, Fingerprint, IdError, ScopeId, Service,
    Session, SessionId, Source, SpanId, TraceId, UnattributedReason, User, UserId, Value,
};
pub use pipeline::{flush, shutdown, shutdown_guard, sinks, ShutdownGuard, SinkStats};
pub use policy::{Policy, PolicyError, PolicyKey, PolicyKeyError, Redacted, Scrubber};
pub use record::{FlushOutcome, Kind, ModelUsage, Record, RecordSink, RecordType, Status};
pub use scope::{anonymous, session, tag, user, Guard, Scope, ScopeExt, Scoped};
pub use util::{CallSite, Timestamp};
