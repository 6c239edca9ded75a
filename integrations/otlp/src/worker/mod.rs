//! The thread that sends the batches of one signal.

mod backoff;
mod exporting;
mod sender;
mod shared;
mod warnings;

pub(crate) use exporting::is_exporting;
pub(crate) use sender::Sender;
pub(crate) use shared::Shared;
