//! A worker that counts the allocations of the measuring thread; see `whose_benches::worker`.
//!
//! A background thread, such as the writer of the store, does not change these counts. A
//! reallocation counts as an allocation of the new size.

use std::alloc::System;
use std::cell::Cell;

use tracking_allocator::{AllocationGroupId, AllocationRegistry, AllocationTracker, Allocator};
use whose_benches::failure::Failure;
use whose_benches::meter::Allocations;
use whose_benches::worker::{Arguments, serve};

#[global_allocator]
static ALLOCATOR: Allocator<System> = Allocator::system();

thread_local! {
    static COUNTERS: Cell<Allocations> = const {
        Cell::new(Allocations { count: 0, bytes: 0, live: 0 })
    };
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::from_env().ok_or("`cargo bench -p whose-benches` runs this")?;
    AllocationRegistry::set_global_tracker(ThreadCounter)?;
    AllocationRegistry::enable_tracking();
    serve(&arguments, Some(read))
}

fn read() -> Allocations {
    COUNTERS.get()
}

/// Counts the allocations of each thread.
struct ThreadCounter;

impl AllocationTracker for ThreadCounter {
    fn allocated(
        &self,
        _address: usize,
        object_size: usize,
        _wrapped_size: usize,
        _group: AllocationGroupId,
    ) {
        update(|counters| Allocations {
            count: counters.count + 1,
            bytes: counters.bytes + object_size as u64,
            live: counters.live + object_size as u64,
        });
    }

    fn deallocated(
        &self,
        _address: usize,
        object_size: usize,
        _wrapped_size: usize,
        _source_group: AllocationGroupId,
        _current_group: AllocationGroupId,
    ) {
        update(|counters| Allocations {
            live: counters.live.saturating_sub(object_size as u64),
            ..counters
        });
    }
}

fn update(change: impl FnOnce(Allocations) -> Allocations) {
    // A thread that ends may allocate after its thread-locals are gone.
    let _ = COUNTERS.try_with(|counters| counters.set(change(counters.get())));
}
