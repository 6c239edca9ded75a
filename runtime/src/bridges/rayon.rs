//! `rayon` jobs that carry the scope and the span of the submitter.
//!
//! A waiting `rayon` worker runs jobs of other submitters (`join`, `scope`, `yield_now`). A job
//! that carries the scope of its submitter never has the scope of the job that the worker
//! interrupted, also where the carried scope is empty. A job without a carried scope has no scope
//! where it interrupts a function of this module, and the scope of the interrupted job where that job
//! waits in a function of `rayon`. Submit every job with the functions of this module, and wrap the
//! closures of parallel iterators in [`carried`].

use std::fmt;

use tracing::Span;

use crate::bridges::span_inside::span_inside;
use crate::scope;

/// The current scope and span of the submitter.
#[derive(Clone)]
struct Submitter {
    scope: scope::Scope,
    span: Span,
}

impl Submitter {
    fn current() -> Self {
        let scope = scope::Scope::current();
        let span = span_inside(&scope);
        Self { scope, span }
    }

    fn run<R>(self, job: impl FnOnce() -> R) -> R {
        let Self { scope, span } = self;
        scope.in_scope(|| span.in_scope(job))
    }
}

/// Calls a function of `rayon` that waits, outside every scope: a waiting worker also runs jobs of others
/// that carry no scope.
fn waiting<R>(wait: impl FnOnce() -> R) -> R {
    scope::Scope::detached().in_scope(wait)
}

/// Submits a job to the current pool, with the current scope and span.
///
/// Replaces `rayon::spawn`.
///
/// ```
/// let (sender, receiver) = std::sync::mpsc::channel();
/// whose::user("alice").in_scope(|| {
///     whose::rayon::spawn(move || {
///         sender.send(whose::current().user_id().map(String::from)).unwrap();
///     });
/// });
/// assert_eq!(receiver.recv().unwrap().as_deref(), Some("alice"));
/// ```
pub fn spawn(job: impl FnOnce() + Send + 'static) {
    let submitter = Submitter::current();
    rayon_core::spawn(move || submitter.run(job));
}

/// Submits a job to `pool`, with the current scope and span.
///
/// Replaces `ThreadPool::spawn`.
///
/// ```
/// let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
/// let (sender, receiver) = std::sync::mpsc::channel();
/// whose::user("alice").in_scope(|| {
///     whose::rayon::spawn_in(&pool, move || {
///         sender.send(whose::current().user_id().map(String::from)).unwrap();
///     });
/// });
/// assert_eq!(receiver.recv().unwrap().as_deref(), Some("alice"));
/// # Ok::<(), rayon::ThreadPoolBuildError>(())
/// ```
pub fn spawn_in(pool: &rayon_core::ThreadPool, job: impl FnOnce() + Send + 'static) {
    let submitter = Submitter::current();
    pool.spawn(move || submitter.run(job));
}

/// Runs a closure in `pool`, with the current scope and span.
///
/// Replaces `ThreadPool::install`, whose closure may run in the middle of a job of another user.
///
/// ```
/// let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
/// let user = whose::user("alice").in_scope(|| {
///     whose::rayon::install(&pool, || whose::current().user_id().map(String::from))
/// });
/// assert_eq!(user.as_deref(), Some("alice"));
/// # Ok::<(), rayon::ThreadPoolBuildError>(())
/// ```
pub fn install<R: Send>(pool: &rayon_core::ThreadPool, f: impl FnOnce() -> R + Send) -> R {
    let submitter = Submitter::current();
    waiting(|| pool.install(move || submitter.run(f)))
}

/// Runs two closures, possibly in parallel, both with the current scope and span.
///
/// Replaces `rayon::join`.
///
/// ```
/// let (a, b) = whose::user("alice").in_scope(|| {
///     let user = || whose::current().user_id().map(String::from);
///     whose::rayon::join(user, user)
/// });
/// assert_eq!((a.as_deref(), b.as_deref()), (Some("alice"), Some("alice")));
/// ```
pub fn join<RA: Send, RB: Send>(
    a: impl FnOnce() -> RA + Send,
    b: impl FnOnce() -> RB + Send,
) -> (RA, RB) {
    let submitter = Submitter::current();
    let other = submitter.clone();
    waiting(|| rayon_core::join(move || submitter.run(a), move || other.run(b)))
}

/// Runs `body`, and waits for all jobs that `body` spawns. Each job has the scope and the span that
/// are current where the job is spawned.
///
/// Replaces `rayon::scope`.
///
/// ```
/// use std::sync::Mutex;
///
/// let users = Mutex::new(Vec::new());
/// whose::user("alice").in_scope(|| {
///     whose::rayon::scope(|scope| {
///         for _ in 0..3 {
///             scope.spawn(|_| users.lock().unwrap().push(whose::current().user_id().map(String::from)));
///         }
///     });
/// });
/// assert_eq!(users.into_inner().unwrap(), vec![Some("alice".to_owned()); 3]);
/// ```
pub fn scope<'scope, R: Send>(body: impl FnOnce(&Scope<'_, 'scope>) -> R + Send) -> R {
    let submitter = Submitter::current();
    waiting(|| rayon_core::scope(move |scope| submitter.run(|| body(&Scope(scope)))))
}

/// Spawns jobs inside [`scope`].
pub struct Scope<'a, 'scope>(&'a rayon_core::Scope<'scope>);

impl<'scope> Scope<'_, 'scope> {
    /// Spawns a job with the current scope and span.
    pub fn spawn(&self, job: impl for<'b> FnOnce(&Scope<'b, 'scope>) + Send + 'scope) {
        let submitter = Submitter::current();
        self.0
            .spawn(move |scope| submitter.run(|| job(&Scope(scope))));
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// Wraps the closure of a parallel iterator, so that it runs with the scope and the span that are
/// current here.
///
/// ```
/// use rayon::prelude::*;
///
/// let users: Vec<_> = whose::user("alice").in_scope(|| {
///     let user = whose::rayon::carried(|_| whose::current().user_id().map(String::from));
///     (0..100).into_par_iter().map(user).collect()
/// });
/// assert!(users.iter().all(|user| user.as_deref() == Some("alice")));
/// ```
pub fn carried<T, R>(f: impl Fn(T) -> R + Send + Sync) -> impl Fn(T) -> R + Send + Sync {
    let submitter = Submitter::current();
    move |item| submitter.clone().run(|| f(item))
}
