//! The bounded queue between the threads that make records and the thread that sends one signal.

mod batch;
mod bounded;
mod flush;
mod limits;
mod owner;
mod sender_side;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use batch::Batch;
pub(crate) use bounded::Queue;
pub(crate) use limits::QueueLimits;
pub(crate) use owner::Owner;
pub(crate) use sender_side::Work;
