//! The check-in of a monitored job that a record reports.

use std::fmt;
use std::time::Duration;

use crate::model::Value;
use crate::names::{monitor, WireName};
use crate::record::record::Record;

/// The status of a check-in.
///
/// A job that never started has no check-in: `whose_store::Queries::jobs` finds it by its interval.
///
/// ```
/// assert_eq!(whose::CheckInStatus::Overran.as_str(), "overran");
/// assert_eq!(whose::CheckInStatus::parse("ok"), Some(whose::CheckInStatus::Ok));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckInStatus {
    /// A run has started.
    Started,
    /// A run has ended in time.
    Ok,
    /// A run has failed: an error, a panic, or a drop before its end. A run that fails later than its
    /// longest duration is failed.
    Failed,
    /// A run has ended without an error, later than its longest duration.
    Overran,
}

impl CheckInStatus {
    const ALL: [Self; 4] = [Self::Started, Self::Ok, Self::Failed, Self::Overran];

    /// The name: `started`, `ok`, `failed` or `overran`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Overran => "overran",
        }
    }

    /// The status with that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

impl fmt::Display for CheckInStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A check-in of a monitored job; see [`Record::check_in`].
///
/// `Debug` does not print the error.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckIn<'a> {
    /// The name of the monitor, such as `nightly-report`.
    pub monitor: &'a str,
    /// The id that the start and the end of one run share.
    pub run: &'a str,
    /// The status.
    pub status: CheckInStatus,
    /// The interval between two starts.
    pub every: Option<Duration>,
    /// The longest duration of a run.
    pub max: Option<Duration>,
    /// The duration of the run; `None` for a start.
    pub duration: Option<Duration>,
    /// Why the run failed.
    pub error: Option<&'a str>,
}

impl fmt::Debug for CheckIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckIn")
            .field("monitor", &self.monitor)
            .field("run", &self.run)
            .field("status", &self.status)
            .field("every", &self.every)
            .field("max", &self.max)
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}

impl CheckIn<'_> {
    /// Whether the run took longer than its longest duration, also if the run failed.
    ///
    /// ```
    /// # let rec = whose::testing::Recorder::start();
    /// whose::monitor("nightly-report").run(|| ());
    /// assert!(!rec.events()[1].check_in().unwrap().has_overrun());
    /// ```
    #[must_use]
    pub fn has_overrun(&self) -> bool {
        matches!((self.duration, self.max), (Some(duration), Some(max)) if duration > max)
    }
}

impl Record {
    /// The check-in, if the record is a start or an end of a [monitored](crate::monitor()) job.
    ///
    /// ```
    /// use whose::CheckInStatus;
    ///
    /// let rec = whose::testing::Recorder::start();
    /// whose::monitor("nightly-report").run(|| ());
    ///
    /// let events = rec.events();
    /// let check_ins: Vec<_> = events.iter().filter_map(|event| event.check_in()).collect();
    /// assert_eq!(check_ins[0].status, CheckInStatus::Started);
    /// assert_eq!((check_ins[1].monitor, check_ins[1].status), ("nightly-report", CheckInStatus::Ok));
    /// assert_eq!(check_ins[0].run, check_ins[1].run);
    /// ```
    #[must_use]
    pub fn check_in(&self) -> Option<CheckIn<'_>> {
        // The writer asks this of every record, so the name is compared before any field.
        if self.name() != monitor::CHECK_IN_EVENT {
            return None;
        }
        let text = |name: WireName| self.field(name.name)?.as_str();
        let duration = |name: WireName| {
            let nanos = self.field(name.name).and_then(Value::as_u64);
            nanos.map(Duration::from_nanos)
        };
        Some(CheckIn {
            monitor: text(monitor::NAME)?,
            run: text(monitor::RUN)?,
            status: CheckInStatus::parse(text(monitor::STATUS)?)?,
            every: duration(monitor::EVERY),
            max: duration(monitor::MAX),
            duration: duration(monitor::DURATION),
            error: text(monitor::ERROR),
        })
    }
}
