//! Worker processes: each has one setup, and measures what it is asked for.
//!
//! Benchmarks that are compared run each in the process whose subscriber they need. All processes
//! are alive at the same time and are asked in turn, so that other load on the machine affects all
//! of them alike.

mod client;
mod protocol;
mod server;

pub use client::Worker;
pub use protocol::{BenchmarkRun, Request};
pub use server::{Arguments, serve};
