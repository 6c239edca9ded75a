//! The state that the programs of a run share.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use tokio::sync::mpsc;
use tracing::Span;
use whose::Scope;

use super::checker::Checker;
use super::frames::ExpectedFrames;
use super::worker::{self, Job};

/// The number of scopes and of spans that are shared between tasks.
const MAX_SHARED: usize = 64;
/// Values that tasks take from each other, each with its frames.
pub(super) type SharedList<T> = Mutex<Vec<(T, ExpectedFrames)>>;

/// The state that the programs of a run share.
pub(super) struct Shared {
    pub(super) checker: &'static Checker,
    until: u64,
    /// Whether one thread polls all tasks.
    is_one_thread: bool,
    pub(super) scopes: SharedList<Scope>,
    pub(super) spans: SharedList<Span>,
    /// The first pool has a single thread, which runs jobs inside other jobs.
    pub(super) pools: [rayon::ThreadPool; 2],
    /// The number of unfinished jobs of the pools.
    pub(super) jobs: AtomicU64,
    pub(super) workers: Vec<mpsc::Sender<Job>>,
}

impl Shared {
    /// Starts the pools, and the workers on the current runtime.
    pub(super) fn new(
        checker: &'static Checker,
        until: u64,
        is_one_thread: bool,
    ) -> std::io::Result<Self> {
        let pool = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().map_err(std::io::Error::other)
        };
        Ok(Self {
            checker,
            until,
            is_one_thread,
            scopes: Mutex::default(),
            spans: Mutex::default(),
            pools: [pool(1)?, pool(2)?],
            jobs: AtomicU64::new(0),
            workers: (0..4).map(|_| worker::start(checker)).collect(),
        })
    }

    pub(super) fn is_one_thread(&self) -> bool {
        self.is_one_thread
    }

    pub(super) fn is_over(&self) -> bool {
        self.checker.emitted() >= self.until
    }

    /// Waits for the jobs of the pools that no task waits for.
    pub(super) fn wait_for_jobs(&self) {
        while self.jobs.load(Relaxed) > 0 {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    /// Drops the shared values.
    pub(super) fn clear(&self) {
        let kept = std::mem::take(&mut *lock(&self.scopes));
        drop((kept, std::mem::take(&mut *lock(&self.spans))));
    }
}

pub(super) fn lock<T>(kept: &SharedList<T>) -> MutexGuard<'_, Vec<(T, ExpectedFrames)>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn keep<T>(kept: &SharedList<T>, rng: &mut Rng, value: (T, ExpectedFrames)) {
    let mut kept = lock(kept);
    let replaced = if kept.len() < MAX_SHARED {
        kept.push(value);
        None
    } else {
        let node = rng.usize(0..MAX_SHARED);
        Some(std::mem::replace(&mut kept[node], value))
    };
    // Dropping a span may close it, which runs the sink.
    drop(kept);
    drop(replaced);
}
