//! Measures allocations; see `whose_benches::worker`.
//!
//! A program of its own, because an allocator that counts costs two atomic operations each time:
//! the times would be about that.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use whose_benches::failure::Failure;
use whose_benches::meter::Allocations;
use whose_benches::worker;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> Result<(), Failure> {
    let asked = worker::asked().ok_or("a part of `cargo bench -p whose-benches`")?;
    worker::serve(&asked.0, &asked.1, Some(read))
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
