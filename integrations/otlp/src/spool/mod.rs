//! The spool: records wait in a file before they are sent.

mod context;
mod queue;
mod sender;
mod spool;
mod writer;

pub(crate) use queue::SpoolQueue;
pub(crate) use spool::Spool;
