//! Analysis of return types, as far as the tokens show them.

mod deferred;
mod errors;
mod nameable;
mod types;
mod unreached;

pub(crate) use deferred::{deferred, deferred_type, Boxing, Deferred, PollKind, Wrapper};
pub(crate) use errors::error_may_be_short_lived;
pub(crate) use nameable::nameable;
pub(crate) use types::{is_closure, ungroup};
pub(crate) use unreached::{unreached, unreached_anywhere, Unreached};
