//! The code that is written for the user. Nothing here can fail.

mod body;
mod function;
mod identity;
mod later;
mod report;
mod span;
mod value;
mod writer;

pub(crate) use function::function;
pub(crate) use identity::guard;
