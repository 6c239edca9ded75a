//! Stack ids and frame ids.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// The id of no stack.
pub(crate) const UNPLACED: u64 = u64::MAX;
/// The id of the empty stack.
pub(crate) const EMPTY: u64 = 0;

/// The id of the stack that consists of the frame `frame_id` on the stack `outer_stack_id`. The id
/// depends on these two ids alone, so that a future has the same stack id on every thread.
///
/// Two frames on one stack have different stack ids. One frame on two stacks has different stack ids.
#[inline]
pub(crate) fn stack_id_on(outer_stack_id: u64, frame_id: u64) -> u64 {
    /// 2^64 divided by the golden ratio. The number is odd, so the multiplication is one-to-one; the
    /// multiplication spreads the bits.
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    (outer_stack_id.rotate_left(5) ^ frame_id).wrapping_mul(SPREAD)
}

/// Identifies a span: the number of its layer, and its id in the registry of that layer.
pub(crate) type SpanKey = (u64, u64);

thread_local! {
    // Not a field of `ThreadState`: ids are needed while the thread is being torn down too.
    static NEXT_ID: Cell<u64> = const { Cell::new(0) };
}

/// A new id, unique in the process and never [`EMPTY`].
#[inline]
pub(crate) fn new_id() -> u64 {
    const BLOCK: u64 = 1 << 16;
    static NEXT_BLOCK: AtomicU64 = AtomicU64::new(BLOCK);
    // A thread reserves ids in blocks, so that threads do not contend for the counter.
    NEXT_ID.with(|next_id| {
        let mut next = next_id.get();
        if next % BLOCK == 0 {
            next = NEXT_BLOCK.fetch_add(BLOCK, Ordering::Relaxed);
        }
        next_id.set(next + 1);
        next
    })
}

/// A lower bound of the next id of this thread, higher than every id that the thread made before.
#[inline]
pub(crate) fn next_id() -> u64 {
    NEXT_ID.with(Cell::get)
}
