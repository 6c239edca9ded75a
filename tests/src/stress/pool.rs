//! Jobs of `rayon`, which a waiting worker runs inside other jobs, and jobs of blocking threads.

use std::sync::atomic::Ordering::Relaxed;

use super::frames::ExpectedFrames;
use super::program::Program;

/// The number of waiting jobs. A worker may run each of them inside another job.
const MAX_WAITING: u64 = 32;

impl Program {
    /// Submits a job with the user of its submitter and does not wait for it.
    pub(super) fn submit_to_pool(&mut self, frames: &ExpectedFrames) {
        if self.shared.jobs.fetch_add(1, Relaxed) >= MAX_WAITING {
            self.shared.jobs.fetch_sub(1, Relaxed);
            return;
        }
        let given = frames.captured();
        let mut job = self.thread(&given);
        let pool = self.rng.usize(0..2);
        let shared = self.shared.clone();
        whose::rayon::spawn_in(&shared.pools[pool], move || {
            job.job(&given);
            job.shared.jobs.fetch_sub(1, Relaxed);
        });
    }

    fn job(&mut self, frames: &ExpectedFrames) {
        for _ in 0..3 {
            self.check(frames);
            let _ = rayon::yield_now();
            self.check(frames);
        }
        let (scope, data) = self.scope();
        scope.in_scope(|| {
            let frames = frames.with(data);
            self.check(&frames);
            let _ = rayon::yield_now();
            self.check(&frames);
        });
        self.block(frames, 2);
    }

    /// Runs jobs and waits for them.
    pub(super) fn install(&mut self, frames: &ExpectedFrames) {
        let given = frames.captured();
        let (mut one, mut other) = (self.thread(&given), self.thread(&given));
        let pool = &self.shared.pools[self.rng.usize(0..2)];
        whose::rayon::install(pool, || {
            one.check(&given);
            whose::rayon::join(|| one.job(&given), || other.job(&given));
            let (scope, data) = one.scope();
            let inside = given.with(data);
            scope.in_scope(|| {
                whose::rayon::scope(|jobs| {
                    let mut job = one.thread(&inside);
                    let (scope, data) = one.scope();
                    let deeper = inside.with(data);
                    let same = inside.clone();
                    jobs.spawn(move |_| job.job(&same));
                    scope.in_scope(|| jobs.spawn(move |_| other.job(&deeper)));
                    one.check(&inside);
                });
            });
            one.check(&given);
        });
        self.check(frames);
    }

    pub(super) async fn blocking(&mut self, frames: &ExpectedFrames) {
        let given = frames.captured();
        let mut job = self.thread(&given);
        let done = whose::task::spawn_blocking(move || job.block(&given, 0));
        if let Err(error) = done.await {
            self.shared.checker.failed(&error);
        }
    }
}
