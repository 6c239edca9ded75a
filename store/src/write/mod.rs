//! The way of a record into the file: queue, batch, insert.

mod insert;
mod json;
mod keys;
mod queue;
mod writer;

pub(crate) use queue::Queue;
pub use queue::WhenFull;
pub(crate) use writer::{Progress, Writer};
