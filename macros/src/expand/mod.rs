//! Expansion: writes code from a valid model, and cannot fail.

mod body;
mod deferred;
mod function;
mod identity;
mod job;
mod report;
mod span;
mod value;
mod writer;

pub(crate) use function::function;
pub(crate) use identity::guard;
