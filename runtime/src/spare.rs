//! What a thread uses again, instead of asking for memory.

use std::cell::Cell;

/// Values that were used and can be used again.
pub(crate) struct Spare<T>(Cell<Vec<T>>);

impl<T> Spare<T> {
    /// How many are kept: as many spans as are usually open inside each other.
    const MOST: usize = 32;

    pub(crate) const fn new() -> Self {
        Self(Cell::new(Vec::new()))
    }

    /// One of them.
    #[inline]
    pub(crate) fn take(&self) -> Option<T> {
        // Taken away meanwhile, since to ask for memory may be to come back here.
        let mut spare = self.0.take();
        let taken = spare.pop();
        self.0.set(spare);
        taken
    }

    /// Keeps one, or gives it back where there are enough.
    #[inline]
    pub(crate) fn keep(&self, used: T) -> Option<T> {
        let mut spare = self.0.take();
        let is_full = spare.len() >= Self::MOST;
        let surplus = match is_full {
            true => Some(used),
            false => {
                spare.push(used);
                None
            }
        };
        self.0.set(spare);
        surplus
    }
}
