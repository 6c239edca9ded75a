//! The rows: the cases, the benchmarks of `whose`, and the floors.

pub mod contention;
pub mod events;
pub mod future_sizes;
pub mod growth;
pub mod inputs;
pub mod integrations;
pub mod memory;
pub mod pipelines;
pub mod polls;
pub mod reads;
pub mod scopes;
pub mod spans;
pub mod storage;
