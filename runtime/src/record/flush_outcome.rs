//! How a flush ended.

/// How a flush, or a shutdown, of one sink or of all of them ended.
///
/// Two questions have two answers. [`is_safe`](Self::is_safe): has every record that a sink took
/// reached its end, such as the disk? [`not_taken`](Self::not_taken): how many records were given to
/// a sink and not taken, because its queue was full?
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
    /// Everything that was taken is safe.
    pub const SAFE: Self = Self {
        is_safe: true,
        not_taken: 0,
    };

    /// Something that was taken is not safe: the time was too short, or a record was lost.
    pub const UNSAFE: Self = Self {
        is_safe: false,
        not_taken: 0,
    };

    /// The same outcome, with so many records that were not taken since the flush before.
    #[must_use]
    pub const fn with_not_taken(mut self, records: u64) -> Self {
        self.not_taken = records;
        self
    }

    /// Whether every record that was taken before the flush is safe.
    #[must_use]
    pub const fn is_safe(self) -> bool {
        self.is_safe
    }

    /// How many records were not taken since the flush before; no flush reports a record twice.
    #[must_use]
    pub const fn not_taken(self) -> u64 {
        self.not_taken
    }

    /// Whether everything is safe, and nothing was left out.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.is_safe && self.not_taken == 0
    }

    /// The outcome of both flushes.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            is_safe: self.is_safe && other.is_safe,
            not_taken: self.not_taken.saturating_add(other.not_taken),
        }
    }
}
