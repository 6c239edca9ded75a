//! Times on the wire.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The moment at that number of nanoseconds since 1970; `None` for 0, which means that the time is not
/// known.
pub(super) fn moment(nanos: u64) -> Option<SystemTime> {
    (nanos != 0).then(|| UNIX_EPOCH.checked_add(Duration::from_nanos(nanos)))?
}
