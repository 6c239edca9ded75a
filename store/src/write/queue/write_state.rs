//! What became of items.

/// What became of the records of a [`PendingWrite`](crate::PendingWrite).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteState {
    /// All of them are on disk, and survive a loss of power. Records of users who were
    /// [forgotten](crate::Store::forget) before are not: the store has rejected them.
    OnDisk,
    /// They wait in memory: the disk is slow, full or locked. They are written as soon as that is
    /// possible.
    Waiting,
    /// At least one of them, or of the records after them, is lost: SQLite rejected it, or the store was
    /// closed before it could be written.
    Lost,
}
