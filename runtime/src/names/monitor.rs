//! The names of the check-ins of monitored jobs.

use crate::names::wire_name::wire_names;
use crate::names::WireName;

/// The name of the event.
pub const CHECK_IN_EVENT: &str = "whose.monitor.check_in";

wire_names! {
    /// The name of the monitor, such as `nightly-report`.
    NAME = "whose.monitor.name";
    /// The id that the check-ins of one run share.
    RUN = "whose.monitor.run";
    /// The status: `started`, `ok`, `failed` or `overran`.
    STATUS = "whose.monitor.status";
    /// The interval between two starts, in nanoseconds.
    EVERY = "whose.monitor.every_ns";
    /// The longest duration of a run, in nanoseconds.
    MAX = "whose.monitor.max_ns";
    /// The duration of the run, in nanoseconds; a start has none.
    DURATION = "whose.monitor.duration_ns";
    /// Why the run failed.
    ERROR = "whose.monitor.error";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_is_unique() {
        let names: HashSet<_> = ALL.iter().map(|name| name.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
