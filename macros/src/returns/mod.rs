//! What a signature returns, as far as it can be seen.

mod deferred;
mod errors;
mod nameable;
mod types;
mod unreached;

pub(crate) use deferred::{later, later_type, Holder, Inside, Later, Polled};
pub(crate) use errors::error_may_be_short_lived;
pub(crate) use nameable::nameable;
pub(crate) use types::{bare, is_closure};
pub(crate) use unreached::{unreached, unreached_anywhere, Unreached};
