//! Jobs of `rayon`, which a waiting worker hosts in the middle of others, and of blocking threads.

use std::sync::atomic::Ordering::Relaxed;

use super::program::Program;
use super::truth::Truth;

/// How many jobs wait at once: each may be hosted by another one.
const WAITING: u64 = 32;

impl Program {
    /// A job that is its submitter's, and hosts others meanwhile; nobody waits for the job.
    pub(super) fn submit_to_pool(&mut self, truth: &Truth) {
        if self.shared.jobs.fetch_add(1, Relaxed) >= WAITING {
            self.shared.jobs.fetch_sub(1, Relaxed);
            return;
        }
        let given = truth.captured();
        let mut job = self.thread(&given);
        let pool = self.rng.usize(0..2);
        let shared = self.shared.clone();
        whose::rayon::spawn_in(&shared.pools[pool], move || {
            job.job(&given);
            job.shared.jobs.fetch_sub(1, Relaxed);
        });
    }

    fn job(&mut self, truth: &Truth) {
        for _ in 0..3 {
            self.check(truth);
            let _ = rayon::yield_now();
            self.check(truth);
        }
        let (scope, says) = self.scope();
        scope.in_scope(|| {
            let truth = truth.with(says);
            self.check(&truth);
            let _ = rayon::yield_now();
            self.check(&truth);
        });
        self.block(truth, 2);
    }

    /// Jobs for which this program waits.
    pub(super) fn install(&mut self, truth: &Truth) {
        let given = truth.captured();
        let (mut one, mut other) = (self.thread(&given), self.thread(&given));
        let pool = &self.shared.pools[self.rng.usize(0..2)];
        whose::rayon::install(pool, || {
            one.check(&given);
            whose::rayon::join(|| one.job(&given), || other.job(&given));
            let (scope, says) = one.scope();
            let inside = given.with(says);
            scope.in_scope(|| {
                whose::rayon::scope(|jobs| {
                    let mut job = one.thread(&inside);
                    let (scope, says) = one.scope();
                    let deeper = inside.with(says);
                    let same = inside.clone();
                    jobs.spawn(move |_| job.job(&same));
                    scope.in_scope(|| jobs.spawn(move |_| other.job(&deeper)));
                    one.check(&inside);
                });
            });
            one.check(&given);
        });
        self.check(truth);
    }

    pub(super) async fn blocking(&mut self, truth: &Truth) {
        let given = truth.captured();
        let mut job = self.thread(&given);
        let done = whose::task::spawn_blocking(move || job.block(&given, 0));
        if let Err(error) = done.await {
            self.shared.tally.failed(&error);
        }
    }
}
