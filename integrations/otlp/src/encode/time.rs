//! Times on the wire.

use std::time::{SystemTime, UNIX_EPOCH};

/// A time in nanoseconds since 1970; 0 for a time before.
pub(crate) fn unix_nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
