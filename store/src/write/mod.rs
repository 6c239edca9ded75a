//! The way of a record into the file: queue, batch, insert.

mod ask;
mod failure;
mod insert;
mod json;
mod keys;
mod links;
mod part_times;
mod parts;
mod queue;
mod recent;
mod sites;
mod texts;
mod writer;

pub(crate) use queue::Queue;
pub use queue::WhenFull;
pub(crate) use writer::{Progress, Writer};
