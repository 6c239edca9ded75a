//! Validation: the arguments become a model that can be expanded.

mod call;
mod context;
mod identity;
mod job;
mod keyed;
mod returned;
mod span;

pub(crate) use call::check;
pub(crate) use context::{CheckContext, FnInfo};
pub(crate) use span::refusal;
