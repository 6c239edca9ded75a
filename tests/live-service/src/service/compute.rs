//! Thread pools of `rayon`, whose jobs run other jobs while they wait.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock};

use axum::extract::State;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;
use whose::Scope;

use super::{Forgotten, Id, Shared, log};

/// A pool of one thread, besides the global pool, which has two.
pub struct Pools {
    single: ThreadPool,
    /// The number of jobs that began inside another job.
    hosted: AtomicUsize,
}

thread_local! {
    /// The number of nested jobs on this thread.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

impl Pools {
    /// The pools, which last as long as the process.
    pub fn of_the_process() -> &'static Self {
        static POOLS: LazyLock<Pools> = LazyLock::new(|| {
            // A job that yields runs other jobs on its stack, which may yield too. The nesting is
            // as deep as the number of concurrent requests.
            let builder = |threads| {
                let builder = ThreadPoolBuilder::new().num_threads(threads);
                builder.stack_size(256 << 20)
            };
            builder(2).build_global().expect("the global pool");
            let single = builder(1).build().expect("a pool");
            let hosted = AtomicUsize::new(0);
            Pools { single, hosted }
        });
        &POOLS
    }

    /// The number of jobs that began inside another job.
    pub fn hosted(&self) -> usize {
        self.hosted.load(SeqCst)
    }

    fn spawn(&self, is_single: bool, is_bare: bool, job: impl FnOnce() + Send + 'static) {
        match (is_single, is_bare) {
            (false, false) => whose::rayon::spawn(job),
            (false, true) => rayon::spawn(job),
            (true, false) => {
                let scope = Scope::current();
                self.single.spawn(|| scope.in_scope(job));
            }
            (true, true) => self.single.spawn(job),
        }
    }
}

pub(super) async fn compute(State(shared): State<Arc<Shared>>, id: Id) {
    let is_bare = shared.has_forgotten(Forgotten::PoolScope);
    for is_single in [true, false] {
        let (done, wait) = oneshot::channel();
        let job_id = id.clone();
        let pools = shared.pools;
        pools.spawn(is_single, is_bare, move || {
            if DEPTH.replace(DEPTH.get() + 1) > 0 {
                pools.hosted.fetch_add(1, SeqCst);
            }
            crunch(&job_id);
            DEPTH.set(DEPTH.get() - 1);
            // The waiting request may be cancelled.
            let _ = done.send(());
        });
        wait.await.expect("the job is done");
    }
    log(&id, "computed");
}

fn crunch(id: &Id) {
    log(id, "crunch begins");
    whose::rayon::join(|| log(id, "crunch left"), || log(id, "crunch right"));
    whose::rayon::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|_| log(id, "crunch part"));
        }
    });
    let item = whose::rayon::carried(|_| log(id, "crunch item"));
    (0..3).into_par_iter().for_each(item);
    for _ in 0..4 {
        // Runs a job of another request, if one waits.
        rayon::yield_now();
        log(id, "crunch on");
    }
}
