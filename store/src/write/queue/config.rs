//! The bounds of a queue, and what happens at them.

/// What happens to a record when the queue of the store is full.
///
/// Set it with [`StoreBuilder::when_full`](crate::StoreBuilder::when_full).
///
/// ```
/// use whose_store::{Store, WhenFull};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// let store = Store::builder(&path).when_full(WhenFull::Block).open()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// Drops the record and counts it in [`StoreStats::dropped`](crate::StoreStats::dropped). The
    /// application never waits for the disk.
    #[default]
    Drop,
    /// Blocks the thread that makes the record until there is space, also in async code. No record
    /// is lost, and a slow disk slows the application down.
    Block,
}

/// The bounds of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    /// The most items that wait.
    pub(crate) items: usize,
    /// The most bytes of the items that wait or are being written.
    pub(crate) bytes: usize,
}
