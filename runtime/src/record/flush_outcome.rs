//! The outcome of a flush.

/// The outcome of a flush or a shutdown, of one sink or of all sinks.
///
/// The outcome has two parts:
///
/// - [`is_safe`](Self::is_safe): whether every record that a sink accepted reached its destination,
///   such as the disk.
/// - [`not_taken`](Self::not_taken): how many records a sink dropped because its queue was full.
///
/// ```
/// use std::time::Duration;
///
/// let outcome = whose::flush(Duration::from_secs(2));
/// if !outcome.is_safe() {
///     eprintln!("records are not on disk yet");
/// }
/// if outcome.not_taken() > 0 {
///     eprintln!("{} records were dropped", outcome.not_taken());
/// }
/// assert!(outcome.is_complete()); // both
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlushOutcome {
    is_safe: bool,
    not_taken: u64,
}

impl FlushOutcome {
    /// Every accepted record is safe.
    pub const SAFE: Self = Self {
        is_safe: true,
        not_taken: 0,
    };

    /// At least one accepted record is not safe: the timeout passed, or a record was lost.
    pub const UNSAFE: Self = Self {
        is_safe: false,
        not_taken: 0,
    };

    /// Sets the number of records that were dropped since the previous flush.
    #[must_use]
    pub const fn with_not_taken(mut self, records: u64) -> Self {
        self.not_taken = records;
        self
    }

    /// Whether every record that was accepted before the flush is safe.
    #[must_use]
    pub const fn is_safe(self) -> bool {
        self.is_safe
    }

    /// The number of records that were dropped since the previous flush. No two flushes report the
    /// same record.
    #[must_use]
    pub const fn not_taken(self) -> u64 {
        self.not_taken
    }

    /// Whether every record is safe, and none was dropped.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.is_safe && self.not_taken == 0
    }

    /// Combines the outcomes of two flushes.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            is_safe: self.is_safe && other.is_safe,
            not_taken: self.not_taken.saturating_add(other.not_taken),
        }
    }
}
