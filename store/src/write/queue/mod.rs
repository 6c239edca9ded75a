//! The bounded queue between the threads that make records and the writer's thread.

mod bounded;
mod config;
mod drop_report;
mod flush;
mod item;
#[cfg(all(test, whose_loom))]
mod loom_models;
mod state;
mod sync;
#[cfg(test)]
mod tests;
mod write_state;
mod writer_side;

pub(crate) use bounded::Queue;
pub(crate) use config::Capacity;
pub use config::WhenFull;
pub(crate) use item::QueueItem;
pub use write_state::WriteState;
pub(crate) use writer_side::Work;
