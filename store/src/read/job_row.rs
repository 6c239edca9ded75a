//! The rows of the query of monitored jobs.

use serde::Serialize;
use whose::Timestamp;

/// The status of the last run of a job.
///
/// ```
/// assert_eq!(whose_store::JobStatus::Overran.as_str(), "overran");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum JobStatus {
    /// The run has started and has no end.
    Running,
    /// The run has ended in time.
    Ok,
    /// The run has failed.
    Failed,
    /// The run ended later than its longest duration, or has no end and is past that duration.
    Overran,
}

impl JobStatus {
    /// The name: `running`, `ok`, `failed` or `overran`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Overran => "overran",
        }
    }
}

/// A monitored job; see [`Queries::jobs`](super::Queries::jobs).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JobRow {
    /// The name.
    pub monitor: String,
    /// The status of the last run.
    pub status: JobStatus,
    /// When the last run started; `None` if the file has only ends.
    pub last_start: Option<Timestamp>,
    /// When a run ended last.
    pub last_end: Option<Timestamp>,
    /// The duration of the run that ended last, in nanoseconds.
    pub last_duration_ns: Option<u64>,
    /// The interval between two starts, in nanoseconds, as the newest check-in has it.
    pub every_ns: Option<u64>,
    /// The longest duration of a run, in nanoseconds, as the newest check-in has it.
    pub max_ns: Option<u64>,
    /// Runs that started in the time range.
    pub runs: u64,
    /// Runs that failed in the time range.
    pub failures: u64,
    /// Runs that took longer than their longest duration, including those that failed, and those
    /// that have no end and are past it.
    pub overruns: u64,
    /// Runs without an end: they are running, or their process was killed.
    pub unfinished: u64,
    /// Starts that were expected in the time range and did not come.
    pub missed: u64,
    /// When the next start was expected, if it is late.
    pub late_since: Option<Timestamp>,
}
