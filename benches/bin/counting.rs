//! Measures allocations; see `whose_benches::worker`.
//!
//! A program of its own, because an allocator that counts costs two atomic operations each time:
//! the times would be about that.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use whose_benches::failure::Failure;
use whose_benches::meter::Allocations;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> Result<(), Failure> {
    whose_benches::worker::serve(Some(read))
}

fn read() -> Allocations {
    let stats = ALLOCATOR.stats();
    // Read one after the other: another thread may have freed in between what it then asked for.
    let live = stats
        .bytes_allocated
        .saturating_sub(stats.bytes_deallocated);
    Allocations {
        count: (stats.allocations + stats.reallocations) as u64,
        bytes: stats.bytes_allocated as u64,
        live: live as u64,
    }
}
