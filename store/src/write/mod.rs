//! The way of a record into the file: queue, batch, insert.

mod ask;
mod failure;
mod file;
mod insert;
mod json;
mod keys;
mod links;
mod losses;
mod open_file;
mod part_times;
mod parts;
mod progress;
mod queue;
mod recent;
mod sites;
mod texts;
mod trouble;
mod watch;
mod writer;

pub(crate) use file::log_of;
pub(crate) use progress::{Progress, Settings};
pub use queue::WhenFull;
pub(crate) use queue::{Capacity, Queue};
pub use trouble::WhenFileGone;
pub(crate) use watch::{warn, warn_of_drops};
pub(crate) use writer::Writer;
