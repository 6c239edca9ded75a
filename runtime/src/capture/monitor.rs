//! Monitored jobs: the interval between their runs, and the longest duration of a run.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use crate::capture::monitor_output::MonitorOutput;
use crate::capture::monitor_run::{Job, MonitorRun};
use crate::capture::monitored::Monitored;
use crate::diagnostics::truncate::truncate_id;
use crate::diagnostics::truncation::attribute_to;
use crate::diagnostics::Truncated;
use crate::model::AsText;
use crate::util::CallSite;

/// Monitors a job, such as a nightly report.
///
/// Each run of the job records two check-ins: its start, and its end with the outcome `ok`, `failed`
/// or `overran`. Both are events with the name `whose.monitor.check_in` and the user and session at
/// the start of the run; [`Record::check_in`](crate::Record::check_in) reads them back. A run that
/// never started records nothing: `whose jobs` and `whose_store::Queries::jobs` find it by the
/// [interval](Monitor::every).
///
/// The name identifies the job in every process: use a fixed text of at most
/// [`Limits::ID_BYTES`](crate::Limits::ID_BYTES) bytes. Without a name, a check-in belongs to no job.
/// For a whole function, use the attribute [`#[whose::monitor]`](macro@crate::monitor).
///
/// ```
/// use std::time::Duration;
///
/// let rec = whose::testing::Recorder::start();
/// let job = whose::monitor("nightly-report").every(Duration::from_secs(86_400));
/// let parsed = job.max(Duration::from_secs(600)).run(|| "7".parse::<u32>());
///
/// assert_eq!(parsed, Ok(7));
/// assert_eq!(rec.events()[1].check_in().unwrap().status, whose::CheckInStatus::Ok);
/// ```
#[track_caller]
pub fn monitor(name: impl AsText) -> Monitor {
    let call_site = Location::caller();
    let name = name.as_text().filter(|name| !name.is_empty());
    let name = name.map(|name| attribute_to(call_site, || truncate_id(Truncated::Id, &name)));
    Monitor(Job {
        name,
        every: None,
        max: None,
        call_site,
    })
}

/// A monitored job whose run has not started; [`monitor`] makes one.
#[derive(Clone)]
#[must_use = "nothing is recorded until `.run(..)` or `.start()`"]
pub struct Monitor(Job);

impl Monitor {
    /// Sets the interval between two starts. Without it, no start is ever missed.
    pub fn every(mut self, interval: Duration) -> Self {
        self.0.every = Some(interval);
        self
    }

    /// Sets the longest duration of a run. A run that ends later without an error has the status
    /// `overran`. The run is not stopped.
    pub fn max(mut self, duration: Duration) -> Self {
        self.0.max = Some(duration);
        self
    }

    /// Starts a run, and records the start.
    ///
    /// Use it where the start and the end of the job are at different places, and
    /// [`run`](Self::run) or [`run_async`](Self::run_async) otherwise.
    ///
    /// ```
    /// let rec = whose::testing::Recorder::start();
    /// let run = whose::monitor("import").start();
    /// match "7".parse::<u32>() {
    ///     Ok(_) => run.ok(),
    ///     Err(error) => run.failed(error),
    /// }
    /// assert_eq!(rec.events()[1].check_in().unwrap().status, whose::CheckInStatus::Ok);
    /// ```
    pub fn start(self) -> MonitorRun {
        MonitorRun::start(self.0)
    }

    /// Runs the closure as one run of the job, and returns its output.
    ///
    /// The run fails if the closure returns an `Err`, or panics. [`MonitorOutput`] lists the types
    /// that the closure can return.
    ///
    /// ```
    /// let rec = whose::testing::Recorder::start();
    /// let failed = whose::monitor("import").run(|| "seven".parse::<u32>());
    ///
    /// assert!(failed.is_err());
    /// let events = rec.events();
    /// let end = events[1].check_in().unwrap();
    /// assert_eq!(end.status, whose::CheckInStatus::Failed);
    /// assert_eq!(end.error, Some("invalid digit found in string"));
    /// ```
    pub fn run<T: MonitorOutput>(self, job: impl FnOnce() -> T) -> T {
        let run = self.start();
        let output = job();
        run.end_with(output.failure());
        output
    }

    /// Makes one run of the job from a future. The run starts when the future is first polled.
    ///
    /// The run fails if the output is an `Err`, if the future panics, or if the future is dropped
    /// before its end, as by a timeout.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let rec = whose::testing::Recorder::start();
    /// whose::monitor("import").run_async(async { 7 }).await;
    /// assert_eq!(rec.events()[1].check_in().unwrap().status, whose::CheckInStatus::Ok);
    /// # }
    /// ```
    pub fn run_async<F>(self, job: F) -> impl Future<Output = F::Output>
    where
        F: Future,
        F::Output: MonitorOutput,
    {
        Monitored::waiting(self.0, job, <F::Output as MonitorOutput>::failure)
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor")
            .field("every", &self.0.every)
            .field("max", &self.0.max)
            .field("call_site", &CallSite::from(self.0.call_site))
            .finish_non_exhaustive()
    }
}
