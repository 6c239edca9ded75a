//! The way of a record into the file: queue, batch, insert.

mod failure;
mod insert;
mod json;
mod keys;
mod parts;
mod queue;
mod recent;
mod texts;
mod writer;

pub(crate) use queue::Queue;
pub use queue::WhenFull;
pub(crate) use writer::{Progress, Writer};
