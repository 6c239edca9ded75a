//! The state of the items of a write.

/// What became of the records of a [`PendingWrite`](crate::PendingWrite).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteState {
    /// All records are on disk, and survive a loss of power. The store has rejected records of users who
    /// were [forgotten](crate::Store::forget) before.
    OnDisk,
    /// The records wait in memory, since the disk is slow or full or the file is locked. The store writes
    /// them as soon as the file can be written.
    Waiting,
    /// At least one of these records, or of the records after them, is lost: SQLite rejected it, or the store was
    /// closed before it could be written.
    Lost,
}
