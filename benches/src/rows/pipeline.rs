//! Row 5: requests of ten spans each, from the code to where they are kept.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::meter::{ReadAllocator, nanoseconds};
use crate::op::Role;
use crate::setup::{Collector, Setup};

/// The row's name.
pub const ROW: &str = "pipeline";
/// How many spans a request has, the one around the others included.
pub const SPANS: u64 = 10;

/// Who is asking: out of a thousand users with ten sessions each.
pub struct Request {
    /// The user.
    pub user: String,
    /// The session.
    pub session: String,
    /// What one of the spans says, as no other does.
    pub message: String,
}

impl Request {
    /// The request of that number, written over the last one.
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

/// One way from the code to where spans are kept.
pub struct Pipeline {
    /// Who.
    pub name: &'static str,
    /// What it is to the others.
    pub role: Role,
    /// What collects.
    pub setup: Setup,
    /// How many spans it is given; fewer where it is slow.
    pub spans: u64,
    /// Serves one request.
    pub serve: fn(&Request),
}

/// What became of the spans.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// How many spans were made.
    pub made: u64,
    /// How many arrived; `None` where nobody counts.
    pub delivered: Option<u64>,
    /// How long the slowest producer took, in nanoseconds.
    pub produced: u64,
    /// How long it took until all had arrived.
    pub ended: u64,
    /// CPU time of all threads until then.
    pub cpu: u64,
    /// The most bytes in use more than before, looked at each millisecond; 0 where nobody counts.
    pub peak: u64,
    /// How many bytes the files have grown by.
    pub on_disk: u64,
}

/// All pipelines.
#[must_use]
pub fn all() -> Vec<Pipeline> {
    let ours = |name, setup| Pipeline {
        name,
        role: Role::Ours,
        setup,
        spans: 300_000,
        serve: serve_ours,
    };
    let mut all = vec![ours("whose, no-op sink", Setup::Whose)];
    all.push(ours("whose, JSON lines to a file", Setup::JsonLines));
    #[cfg(feature = "store")]
    all.push(Pipeline {
        spans: 2_000_000,
        ..ours("whose, SQLite", Setup::Store)
    });
    #[cfg(feature = "peers")]
    all.extend(crate::peers::pipelines());
    all
}

#[whose::trace(user_id = &request.user, session_id = &request.session)]
fn serve_ours(request: &Request) {
    for n in 2..SPANS {
        step(n);
    }
    told(&request.message);
}

#[whose::trace]
fn step(n: u64) -> u64 {
    black_box(n)
}

#[whose::trace(fields(message = text))]
fn told(text: &str) -> usize {
    black_box(text).len()
}

impl Pipeline {
    /// Sends its spans through, made by that many threads; `folder` is where the setup has files.
    ///
    /// # Errors
    /// Where a flush says that not all has arrived.
    pub fn run(
        &self,
        collector: &Collector,
        threads: u64,
        spans: u64,
        folder: &Path,
        allocator: Option<ReadAllocator>,
    ) -> Result<Outcome, Failure> {
        self.produce(0, 1_000);
        (collector.flush)();
        let before = (collector.delivered)();
        let on_disk = size_of_files(folder)?;
        let requests = spans / SPANS / threads;
        let done = AtomicBool::new(false);
        let peak = AtomicU64::new(0);
        let (start, cpu) = (Instant::now(), ProcessTime::try_now()?);
        let (produced, flushed) = thread::scope(|scope| {
            if let Some(read) = allocator {
                let (peak, done) = (&peak, &done);
                scope.spawn(move || watch(read, peak, done));
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
        Ok(Outcome {
            made: requests * threads * SPANS,
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

fn watch(read: ReadAllocator, peak: &AtomicU64, done: &AtomicBool) {
    let before = read().live;
    while !done.load(Ordering::Relaxed) {
        peak.fetch_max(read().live.saturating_sub(before), Ordering::Relaxed);
        thread::sleep(Duration::from_millis(1));
    }
}
