//! The bounded queue between the threads that make records and the thread that sends one signal.
//!
//! The queue is another one than those of `whose-store` and `whose-json-lines`: it holds encoded bytes
//! and not records, in batches of one service that the producers fill, its progress is counted in
//! batches, and a flush ends where the receiver is unreachable.

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
