//! A pipeline: requests of ten spans each, from the code to the place where spans are kept.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

use crate::benchmark::Role;
use crate::failure::Failure;
use crate::meter::{ReadAllocator, nanoseconds};
use crate::setup::{Collector, Setup};

/// Spans per request, including the outer one.
pub const SPANS_PER_REQUEST: u64 = 10;

/// A request of one of a thousand users with ten sessions each.
pub struct Request {
    /// The id of the user.
    pub user: String,
    /// The id of the session.
    pub session: String,
    /// A unique text, which one of the spans carries.
    pub message: String,
}

impl Request {
    /// Overwrites this request with the request of that number.
    fn write(&mut self, number: u64) {
        use std::fmt::Write as _;
        let session = number % 10_000;
        self.user.clear();
        self.session.clear();
        self.message.clear();
        // Writing to a string cannot fail.
        let _ = write!(self.user, "usr_{:014}", session / 10);
        let _ = write!(self.session, "conversation-{session:06}");
        let _ = write!(
            self.message,
            "asked for the parcel with the number {number:08}"
        );
    }
}

/// One way from the code to the place where spans are kept.
pub struct Pipeline {
    /// The contender.
    pub name: &'static str,
    /// The role of the contender.
    pub role: Role,
    /// The subscriber of the process.
    pub setup: Setup,
    /// Spans per run; fewer for a slow contender.
    pub spans: u64,
    /// Serves one request.
    pub serve: fn(&Request),
}

/// The measurements of one run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PipelineOutcome {
    /// Spans made.
    pub made: u64,
    /// Spans delivered; `None` if the setup does not count.
    pub delivered: Option<u64>,
    /// Time of the slowest producer, in nanoseconds.
    pub produced: u64,
    /// Time until all spans were delivered, in nanoseconds.
    pub ended: u64,
    /// CPU time of all threads until then, in nanoseconds.
    pub cpu: u64,
    /// The largest growth of the bytes in use, sampled each millisecond; 0 without a counting
    /// allocator.
    pub peak: u64,
    /// Growth of the files, in bytes.
    pub on_disk: u64,
}

impl Pipeline {
    /// Sends `spans` spans of `threads` producers through the pipeline; `folder` has the files of
    /// the setup.
    ///
    /// # Errors
    /// Returns an error if the flush reports undelivered spans.
    pub fn run(
        &self,
        collector: &Collector,
        threads: u64,
        spans: u64,
        folder: &Path,
        allocator: Option<ReadAllocator>,
    ) -> Result<PipelineOutcome, Failure> {
        self.produce(0, 1_000);
        (collector.flush)();
        let before = (collector.delivered)();
        let on_disk = size_of_files(folder)?;
        let requests = spans / SPANS_PER_REQUEST / threads;
        let done = AtomicBool::new(false);
        let peak = AtomicU64::new(0);
        let (start, cpu) = (Instant::now(), ProcessTime::try_now()?);
        let (produced, flushed) = thread::scope(|scope| {
            if let Some(read) = allocator {
                let (peak, done) = (&peak, &done);
                scope.spawn(move || record_peak(read, peak, done));
            }
            let produced = thread::scope(|scope| {
                let producers: Vec<_> = (0..threads)
                    .map(|thread| {
                        scope.spawn(move || {
                            let start = Instant::now();
                            self.produce(thread * requests, requests);
                            start.elapsed()
                        })
                    })
                    .collect();
                let times = producers
                    .into_iter()
                    .filter_map(|thread| thread.join().ok());
                times.max().unwrap_or_default()
            });
            let flushed = (collector.flush)();
            done.store(true, Ordering::Relaxed);
            (produced, flushed)
        });
        let (ended, cpu) = (start.elapsed(), cpu.try_elapsed()?);
        if !flushed {
            return Err(format!("{}: the flush failed", self.name).into());
        }
        let after = (collector.delivered)();
        Ok(PipelineOutcome {
            made: requests * threads * SPANS_PER_REQUEST,
            delivered: after.zip(before).map(|(after, before)| after - before),
            produced: nanoseconds(produced),
            ended: nanoseconds(ended),
            cpu: nanoseconds(cpu),
            peak: peak.into_inner(),
            on_disk: size_of_files(folder)?.saturating_sub(on_disk),
        })
    }

    fn produce(&self, first: u64, requests: u64) {
        let mut request = Request {
            user: String::new(),
            session: String::new(),
            message: String::new(),
        };
        for number in first..first + requests {
            request.write(number);
            (self.serve)(&request);
        }
    }
}

fn size_of_files(folder: &Path) -> Result<u64, Failure> {
    let mut size = 0;
    for file in fs::read_dir(folder)? {
        size += file?.metadata()?.len();
    }
    Ok(size)
}

fn record_peak(read: ReadAllocator, peak: &AtomicU64, done: &AtomicBool) {
    let before = read().live;
    while !done.load(Ordering::Relaxed) {
        peak.fetch_max(read().live.saturating_sub(before), Ordering::Relaxed);
        thread::sleep(Duration::from_millis(1));
    }
}
