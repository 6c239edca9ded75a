//! The thread that sends the batches of one signal.

mod backoff;
mod courier;
mod drops;
mod end_guard;
mod exporting;
mod sender;
mod shared;
mod warnings;

#[cfg(feature = "spool")]
pub(crate) use courier::{Courier, Delivery};
#[cfg(feature = "spool")]
pub(crate) use drops::DropWarning;
#[cfg(feature = "spool")]
pub(crate) use end_guard::EndGuard;
pub(crate) use exporting::is_exporting;
#[cfg(feature = "spool")]
pub(crate) use exporting::mark_exporting;
pub(crate) use sender::Sender;
pub(crate) use shared::Shared;
#[cfg(feature = "spool")]
pub(crate) use warnings::{LimitedWarning, warn};
