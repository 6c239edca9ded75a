//! Resolves frames into an attribution. The rules of precedence are stated in this folder alone.

mod actors;
mod breadcrumbs;
mod cache;
mod depth;
mod entry;
mod explain;
mod flags;
mod flatten;
mod late;
mod levels;
mod mutable_frames;
mod precedence;
mod reason;

pub(crate) use breadcrumbs::breadcrumbs_at;
pub(crate) use cache::{resolve_current_to, with_current};
pub(crate) use depth::limit_depth;
#[cfg(any(feature = "tokio", feature = "rayon"))]
pub(crate) use entry::changes_on_entry;
pub(crate) use entry::{enter_span, gives_way};
pub(crate) use explain::explain;
pub(crate) use flags::{flag_values, flags_at};
pub(crate) use late::apply_late_identity;
pub(crate) use precedence::{resolve, resolve_to};
