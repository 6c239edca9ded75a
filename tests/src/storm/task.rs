//! The steps of a program that may run on any thread.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use tokio::task::{JoinSet, yield_now};
use tracing::{Instrument as _, Span, info_span};
use whose::task::JoinSetExt as _;
use whose::{Scope, ScopeExt as _};

use super::sink::Tally;
use super::truth::{Frame, Truth};

/// How deep programs nest.
const DEEPEST: u32 = 4;
/// How many captured scopes are kept for other tasks.
const CAPTURED: usize = 64;
const USERS: u64 = 1_000;

/// What the programs of a run share.
#[derive(Clone)]
pub(super) struct Storm {
    pub(super) tally: &'static Tally,
    until: u64,
    /// Scopes that tasks hand to each other, each with what its task knows.
    captured: Arc<Mutex<Vec<(Scope, Truth)>>>,
    /// One with a single thread, which hosts jobs inside others.
    pools: Arc<[rayon::ThreadPool; 2]>,
    /// Jobs of the pools that are not done.
    pub(super) jobs: Arc<AtomicU64>,
}

pub(super) type Program = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Storm {
    pub(super) fn new(tally: &'static Tally, until: u64) -> std::io::Result<Self> {
        let pool = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().map_err(std::io::Error::other)
        };
        Ok(Self {
            tally,
            until,
            captured: Arc::default(),
            pools: Arc::new([pool(1)?, pool(2)?]),
            jobs: Arc::default(),
        })
    }

    pub(super) fn is_over(&self) -> bool {
        self.tally.emitted() >= self.until
    }

    /// Emits and reads at one place.
    pub(super) fn check(&self, truth: &Truth, rng: &mut Rng) {
        let (user, seed) = (truth.user(), rng.get_seed());
        for _ in 0..rng.u8(1..4) {
            self.tally.event(user, seed);
        }
        self.tally.read(user, seed);
    }

    fn span(truth: &Truth, rng: &Rng) -> Span {
        info_span!("step", expected = truth.user(), seed = rng.get_seed())
    }

    fn captured(&self) -> std::sync::MutexGuard<'_, Vec<(Scope, Truth)>> {
        self.captured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, truth: &Truth, rng: &mut Rng) {
        let kept = (Scope::current(), truth.clone());
        let mut captured = self.captured();
        if captured.len() < CAPTURED {
            captured.push(kept);
        } else {
            captured[rng.usize(0..CAPTURED)] = kept;
        }
    }

    fn any_kept(&self, rng: &mut Rng) -> Option<(Scope, Truth)> {
        let captured = self.captured();
        rng.choice(captured.iter()).cloned()
    }

    /// A job that is its submitter's, and hosts others meanwhile.
    fn submit(&self, truth: &Truth, rng: &mut Rng) {
        let pool = &self.pools[rng.usize(0..2)];
        let (storm, truth, mut rng) = (self.clone(), truth.clone(), rng.fork());
        self.jobs.fetch_add(1, Relaxed);
        let job = move || {
            for _ in 0..3 {
                storm.check(&truth, &mut rng);
                let _ = rayon::yield_now();
            }
            storm.jobs.fetch_sub(1, Relaxed);
        };
        whose::rayon::spawn_in(pool, job);
    }
}

pub(super) fn user(rng: &mut Rng) -> u64 {
    rng.u64(1..USERS)
}

/// A program: some steps, each of which checks what the task knows before and after.
pub(super) fn run(storm: Storm, truth: Truth, mut rng: Rng, depth: u32) -> Program {
    Box::pin(async move {
        for _ in 0..rng.u8(1..6) {
            if storm.is_over() {
                return;
            }
            storm.check(&truth, &mut rng);
            step(&storm, &truth, &mut rng, depth).await;
            storm.check(&truth, &mut rng);
        }
    })
}

async fn step(storm: &Storm, truth: &Truth, rng: &mut Rng, depth: u32) {
    let choice = rng.u8(0..if depth < DEEPEST { 20 } else { 8 });
    match choice {
        0..2 => yield_now().await,
        2 => synchronous(storm, truth, rng),
        3 => storm.keep(truth, rng),
        4 => storm.submit(truth, rng),
        5 => Storm::span(truth, rng).in_scope(|| storm.check(truth, rng)),
        6 => blocking(storm, truth, rng).await,
        7 => hosted(storm, rng),
        8..11 => inside_scope(storm, truth, rng, depth).await,
        11 => inside_isolated(storm, truth, rng, depth).await,
        12 => inside_captured(storm, rng, depth).await,
        13 => {
            let span = Storm::span(truth, rng);
            let inner = run(storm.clone(), truth.clone(), rng.fork(), depth + 1);
            inner.instrument(span).await;
        }
        14 => cancelled(storm, truth, rng, depth).await,
        15 => siblings(storm, truth, rng, depth).await,
        _ => spawned(storm, truth, rng, depth).await,
    }
}

/// Guards and closures of a block without an `.await`.
fn synchronous(storm: &Storm, truth: &Truth, rng: &mut Rng) {
    let (outer, inner) = (user(rng), user(rng));
    let _outer = whose::user(outer).enter();
    let truth = truth.with(Frame::Fixed(outer));
    storm.check(&truth, rng);
    whose::user(inner).in_scope(|| storm.check(&truth.with(Frame::Fixed(inner)), rng));
    whose::anonymous().in_scope(|| storm.check(&truth.with(Frame::Nobody), rng));
    Scope::detached().in_scope(|| storm.check(&Truth::default(), rng));
    storm.check(&truth, rng);
}

/// A scope of another task, entered by a closure and by a guard.
fn hosted(storm: &Storm, rng: &mut Rng) {
    if let Some((scope, truth)) = storm.any_kept(rng) {
        scope.clone().in_scope(|| storm.check(&truth, rng));
        let _guard = scope.enter();
        storm.check(&truth, rng);
    }
}

async fn blocking(storm: &Storm, truth: &Truth, rng: &mut Rng) {
    let failed = |error: &tokio::task::JoinError| storm.tally.failed(error);
    let (storm, truth, mut rng) = (storm.clone(), truth.clone(), rng.fork());
    let done = whose::task::spawn_blocking(move || {
        storm.check(&truth, &mut rng);
        synchronous(&storm, &truth, &mut rng);
    });
    if let Err(error) = done.await {
        failed(&error);
    }
}

async fn inside_scope(storm: &Storm, truth: &Truth, rng: &mut Rng, depth: u32) {
    let (scope, frame) = match rng.u8(0..4) {
        0 => (whose::anonymous(), Frame::Nobody),
        _ => {
            let user = user(rng);
            (whose::user(user).session("s"), Frame::Fixed(user))
        }
    };
    let inner = run(storm.clone(), truth.with(frame), rng.fork(), depth + 1);
    inner.with_scope(scope).await;
}

/// A request: who it is becomes known on the way, and then nothing is written any more, so that what
/// the request spawns knows its user.
async fn inside_isolated(storm: &Storm, truth: &Truth, rng: &mut Rng, depth: u32) {
    let (storm, outer, mut rng) = (storm.clone(), truth.clone(), rng.fork());
    let request = async move {
        let mut written = None;
        for _ in 0..rng.u8(1..4) {
            match rng.u8(0..4) {
                0 => {
                    whose::clear_user();
                    written = None;
                }
                _ => {
                    whose::clear_user();
                    let user = user(&mut rng);
                    whose::set_user(user);
                    written = Some(user);
                }
            }
            storm.check(&outer.with(Frame::Isolated(written)), &mut rng);
            yield_now().await;
        }
        let truth = outer.with(Frame::Isolated(written));
        run(storm, truth, rng.fork(), depth + 1).await;
    };
    let request: Program = Box::pin(request);
    request.with_scope(Scope::isolated()).await;
}

async fn inside_captured(storm: &Storm, rng: &mut Rng, depth: u32) {
    if let Some((scope, truth)) = storm.any_kept(rng) {
        let inner = run(storm.clone(), truth, rng.fork(), depth + 1);
        inner.with_scope(scope).await;
    }
}

/// A future that is dropped on the way.
async fn cancelled(storm: &Storm, truth: &Truth, rng: &mut Rng, depth: u32) {
    let user = user(rng);
    let inner = truth.with(Frame::Fixed(user));
    let inner = run(storm.clone(), inner, rng.fork(), depth + 1).with_scope(whose::user(user));
    let polls = rng.u8(1..4);
    let enough = async {
        for _ in 0..polls {
            yield_now().await;
        }
    };
    tokio::select! {
        () = inner => {}
        () = enough => {}
    }
}

/// Futures that one task polls side by side, each with its scope.
async fn siblings(storm: &Storm, truth: &Truth, rng: &mut Rng, depth: u32) {
    let mut sibling = || {
        let user = user(rng);
        let truth = truth.with(Frame::Fixed(user));
        run(storm.clone(), truth, rng.fork(), depth + 1).with_scope(whose::user(user))
    };
    let (one, other) = (sibling(), sibling());
    tokio::join!(one, other);
}

async fn spawned(storm: &Storm, truth: &Truth, rng: &mut Rng, depth: u32) {
    let child =
        |truth: &Truth, rng: &mut Rng| run(storm.clone(), truth.clone(), rng.fork(), depth + 1);
    match rng.u8(0..6) {
        0 => drop(tokio::spawn(child(&Truth::default(), rng)).await),
        1 => drop(whose::task::spawn(child(truth, rng))),
        2 => drop(whose::task::spawn(child(truth, rng)).await),
        3 => {
            let span = Storm::span(truth, rng);
            drop(tokio::spawn(child(truth, rng).instrument(span)).await);
        }
        4 => {
            let aborted = whose::task::spawn(child(truth, rng));
            yield_now().await;
            aborted.abort();
        }
        _ => {
            let mut set = JoinSet::new();
            for _ in 0..3 {
                set.spawn_scoped(child(truth, rng));
            }
            set.spawn_scoped(async { panic!("on purpose") });
            while set.join_next().await.is_some() {}
        }
    }
}
