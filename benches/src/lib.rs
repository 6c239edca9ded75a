//! Benchmarks of `whose` beside its peers.
//!
//! | command | result |
//! |---|---|
//! | `cargo bench -p whose-benches -- [--quick] [FILTER]` | prints a table |
//! | `cargo bench -p whose-benches` | writes times, allocations and delivered shares to `results.json` and `results.md` |
//! | `cargo run --profile bench -p whose-benches --bin instructions` | counts instructions per operation with valgrind |
//! | `cargo run --release -p whose-benches --bin compile_time` | measures the build time of an attribute |
//!
//! The modules, from top to bottom; each uses only modules below it:
//!
//! | module | contents |
//! |---|---|
//! | [`sampler`] | takes samples of all contenders of a case in turn |
//! | [`worker`], [`instructions`] | run a benchmark in a process of its own, under a clock or under valgrind |
//! | [`catalog`] | lists what is measured |
//! | `peers`, [`report`] | the benchmarks of other crates; tables and plots |
//! | [`rows`] | the cases, the benchmarks of `whose`, and the floors |
//! | [`pipeline`], [`results`] | requests from the code to storage; figures and ratios |
//! | [`benchmark`] | one contender in one case of a row |
//! | [`setup`] | the subscriber of a process |
//! | [`failure`], [`machine`], [`meter`], [`sinks`] | errors, the machine, clock and allocator, sinks |

// The layout of ten functions under `tracing::instrument(err)` needs more than 128 queries.
#![recursion_limit = "256"]

pub mod benchmark;
pub mod catalog;
pub mod failure;
pub mod instructions;
pub mod machine;
pub mod meter;
#[cfg(feature = "peers")]
pub mod peers;
pub mod pipeline;
pub mod report;
pub mod results;
pub mod rows;
pub mod sampler;
pub mod setup;
pub mod sinks;
pub mod worker;
