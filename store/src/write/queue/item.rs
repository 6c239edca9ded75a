//! What the queue has to know about its items.

/// An item of a queue.
pub(crate) trait QueueItem {
    /// The approximate memory size of the item, in bytes.
    fn size(&self) -> usize;
    /// The start and the end of the item, in nanoseconds since 1970.
    fn time_range(&self) -> (i64, i64);
}
