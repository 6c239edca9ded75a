//! A worker that counts the allocations of all threads; see `whose_benches::worker`.
//!
//! The counting allocator adds two atomic operations to each allocation, so that a program that
//! measures time cannot use it.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use whose_benches::failure::Failure;
use whose_benches::meter::Allocations;
use whose_benches::worker::{Arguments, serve};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> Result<(), Failure> {
    let arguments = Arguments::from_env().ok_or("`cargo bench -p whose-benches` runs this")?;
    serve(&arguments, Some(read))
}

fn read() -> Allocations {
    let stats = ALLOCATOR.stats();
    // The counters are read one after the other; another thread may free memory in between.
    let live = stats
        .bytes_allocated
        .saturating_sub(stats.bytes_deallocated);
    Allocations {
        count: (stats.allocations + stats.reallocations) as u64,
        bytes: stats.bytes_allocated as u64,
        live: live as u64,
    }
}
