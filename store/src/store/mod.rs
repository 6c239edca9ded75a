//! The store of a program: a sink that hands its records to the thread of the writer.

mod builder;
mod handle;
mod pending_write;
mod stats;

pub use builder::StoreBuilder;
pub use handle::Store;
pub use pending_write::PendingWrite;
pub use stats::StoreStats;
