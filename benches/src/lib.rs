//! The benchmarks, beside the peers.
//!
//! | command | gives |
//! |---|---|
//! | `cargo bench -p whose-benches -- [--quick] [FILTER]` | the table of what has that in its name |
//! | `cargo bench -p whose-benches` | times, allocations, delivered shares: `results.json`, `results.md` |
//! | `cargo run --profile bench -p whose-benches --bin instructions` | instructions an operation, by valgrind |
//! | `cargo run --release -p whose-benches --bin compile_time` | what an attribute costs to compile |
//!
//! [`op`] says what an operation is, [`rows`] has ours and the floors, `peers` the others, and
//! [`setup`] what collects the spans. [`meter`] runs an operation,
//! [`worker`] in a process of its own; [`sampler`] asks the workers in turn, and [`report`] shows
//! what came of it.

// The layout of ten functions under `tracing::instrument(err)` takes more queries than 128.
#![recursion_limit = "256"]

pub mod failure;
pub mod instructions;
pub mod machine;
pub mod meter;
pub mod op;
#[cfg(feature = "peers")]
pub mod peers;
pub mod report;
pub mod results;
pub mod rows;
pub mod sampler;
pub mod setup;
pub mod sinks;
pub mod worker;
