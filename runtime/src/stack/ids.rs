//! The numbers of stacks and frames.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of no stack.
pub(crate) const UNPLACED: u64 = u64::MAX;
/// The number of the empty stack.
pub(crate) const EMPTY: u64 = 0;

/// The number of a stack: that of the frame with the number `id`, on the stack with the number
/// `outside`. The same frame on the same stack has the same number again, wherever a future is polled
/// next, and whatever is on the thread that its task does not see.
///
/// Of two frames on one stack, and of one frame on two stacks, the numbers always differ.
#[inline]
pub(crate) fn stack_id_on(outside: u64, id: u64) -> u64 {
    /// 2^64 divided by the golden ratio, odd: to multiply by this is one-to-one, and spreads the bits.
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    (outside.rotate_left(5) ^ id).wrapping_mul(SPREAD)
}

/// A span: the number of its layer, and its id there.
pub(crate) type SpanKey = (u64, u64);

thread_local! {
    // Apart from the other state of the thread: numbers are needed while the thread is torn down too.
    static SERIAL: Cell<u64> = const { Cell::new(0) };
}

/// A number that no other stack of this process has, and never that of the empty one.
#[inline]
pub(crate) fn new_id() -> u64 {
    const BLOCK: u64 = 1 << 16;
    static NEXT_BLOCK: AtomicU64 = AtomicU64::new(BLOCK);
    // A thread takes numbers by the block, so that threads do not meet.
    SERIAL.with(|serial| {
        let mut next = serial.get();
        if next % BLOCK == 0 {
            next = NEXT_BLOCK.fetch_add(BLOCK, Ordering::Relaxed);
        }
        serial.set(next + 1);
        next
    })
}

/// A number that is not higher than the next one of this thread, and higher than those before.
#[inline]
pub(crate) fn next_id() -> u64 {
    SERIAL.with(Cell::get)
}
