//! `whose` attributes every span, event, error and language-model call of a Rust service to the
//! user and the session that caused it.
//!
//! The user is set once, where a request is authenticated. Attribution then follows the code across
//! `.await`, tasks and threads, without a user parameter in every function.
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
//!     tracing::info!("this line, and everything called from here, belongs to the user");
//!     whose::current().user_id().map(String::from)
//! }
//!
//! # #[tokio::main] async fn main() {
//! let answer = chat(Request { user: "alice".into() }).await;
//! assert_eq!(answer.as_deref(), Some("alice"));
//! # }
//! ```
//!
//! # Getting started
//!
//! Add the [`layer`](layer()) of `whose` to the `tracing` subscriber of the program, with at least
//! one sink. The layer makes a [`Record`] from each span and event, and the sink receives it:
//!
//! ```
//! use std::sync::Arc;
//! use tracing_subscriber::prelude::*;
//! use whose::{Record, RecordSink, Scope};
//!
//! struct Print;
//!
//! impl RecordSink for Print {
//!     fn record(&self, record: &Arc<Record>) {
//!         println!("{:?} of user {:?}", record.message(), record.user_id());
//!     }
//! }
//!
//! let layer = whose::layer().with_sink(Print);
//! tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;
//!
//! // One isolated scope for each request, message or job.
//! // For an HTTP service, `whose::tower::AttributionLayer` opens the scope, and a span.
//! Scope::isolated().in_scope(|| {
//!     whose::set_user("alice"); // where the request is authenticated
//!     tracing::info!("checkout"); // prints: Some("checkout") of user Some("alice")
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - **Set the user**: [`set_user`] in an isolated scope ([`Scope::isolated`]), [`user`] or
//!   [`macro@with_user`] for a block or a function.
//! - **Carry the scope**: `whose::task::spawn`, [`ScopeExt::with_current_scope`] or
//!   [`Scope::current`], because a task, a thread and a job of a pool start without a scope.
//! - **Read the user**: [`current`] in the program, [`Record`] in a [`RecordSink`], [`testing::Recorder`]
//!   in a test.
//! - **Limit the data**: [`Policy`] decides which values the sinks receive.
//!
//! The [guide] describes each topic in detail.
//!
//! The crate `whose-store` has a sink that writes the records to a SQLite file. Events and spans
//! still reach every other layer of the subscriber, so logs and exporters work as before.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `tokio` | `whose::task`: tasks that carry the scope. Guards then belong to the task that opened them |
//! | `rayon` | `whose::rayon`: jobs that carry the scope |
//! | `tower` | `whose::tower::AttributionLayer`: one isolated scope and one span for each HTTP request; `ClientLayer`: a span for each request of a client |
//! | `fmt` | `whose::fmt::attributed`: user, session and actor on each log line |
//! | `uuid` | `uuid::Uuid` as an id |
//! | `tsc` (default) | reads the time from the counter of the processor, where the counter is reliable |
//!
//! # Precedence
//!
//! The innermost frame with a value wins, and a value on the record itself wins over every frame. A
//! frame is the effect of one scope, or of one span, on the code inside. From weakest to strongest:
//!
//! | level | set by | [`Source`] |
//! |---|---|---|
//! | global | [`global()`]`.set_user(..)` | `Global` |
//! | isolated scope: one request, message or job | [`set_user`] inside the scope | `Isolation` |
//! | fixed scopes, outer to inner | [`user`]`("a").in_scope(..)`, [`macro@with_user`], [`guard!`] | `Scope` |
//! | explicit on the record | [`macro@trace`]`(user_id = ..)`, a field `user.id`, [`error`]`(&e).user(..)` | `Explicit` |
//!
//! A user that another process sent ([`Scope::remote`]) is weaker than all of these.
//!
//! - **User.** A user replaces the user outside as a whole. A user with the same id, or a
//!   [supplement](User::supplement), adds its fields instead.
//! - **Session.** A session replaces the session outside. User and session are resolved separately.
//! - **Tags** merge by key.
//! - **Spans.** A `tracing` span keeps the scope of its creation, and restores that scope when it
//!   is entered. Code that carries a span therefore carries its user. If the request of the span
//!   has ended and another request is running, the span does not change the current user.
//! - **Tasks and threads** start without a scope. A carried scope replaces the current scope of
//!   the task or thread, also where the carried scope is empty.
//! - **Fields.** Identity fields on a span (`info_span!("x", user.id = id)`) set the user, and
//!   other layers see them. Values that the macros take do not become fields.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub use whose_macros::{
    guard, monitor, trace, with_conversation, with_session, with_user, AsId, AsUser,
};

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
pub mod names;
mod pipeline;
mod policy;
mod received;
mod record;
mod resolve;
mod sampling;
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
    capture_error, capture_message, error, flag, message, monitor, panic, score, usage,
    ErrorMarker, ErrorReport, Monitor, MonitorOutput, MonitorRun, ResultExt, ScoreReport,
    ScoreValue, UsageReport,
};
pub use context::{
    add_breadcrumb, clear_actor, clear_conversation, clear_session, clear_user, current, explain,
    global, isolation, remove_context, remove_extra, remove_tag, session, set_actor, set_anonymous,
    set_context, set_conversation, set_extra, set_session, set_tag, set_tags, set_user,
    with_current, Handle,
};
pub use diagnostics::{stats, Limits, Stats};
pub use layer::{layer, Layer, SpanAttributions, TraceContext};
pub use model::{
    Actor, ActorKind, AsActor, AsId, AsText, AsUser, AsValue, AttributeValue, Attribution,
    Breadcrumb, ConversationId, ExplainedFrame, ExplainedValue, Explanation, Fingerprint,
    FrameKind, IdError, Outcome, ScopeId, Service, Session, SessionId, Source, SpanId, TraceId,
    UnattributedReason, User, UserId, Value,
};
pub use pipeline::{
    flush, shutdown, shutdown_guard, sinks, MessageContent, ShutdownGuard, SinkStats,
};
pub use policy::{Policy, PolicyError, PolicyKey, PolicyKeyError, Redacted, Scrubber};
pub use received::ReceivedRecord;
pub use record::{
    input_excludes_cached, CheckIn, CheckInStatus, FlushOutcome, Kind, ModelUsage, Record,
    RecordSink, RecordType, Score, Status, TokenCounts,
};
pub use sampling::{SampleStats, Sampled, Sampler};
pub use scope::{
    actor, anonymous, conversation, session, tag, user, Guard, Scope, ScopeExt, Scoped,
};
pub use util::{CallSite, Timestamp};
