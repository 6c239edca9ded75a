//! Strict mode: a record without a user fails the test, and so does a conflicting span.

use std::sync::{Arc, PoisonError};

use crate::pipeline::strict::{self, Misuses};
use crate::record::MissingUser;
use crate::testing::recorder::Recorder;

/// Fails the test if a record in the scope of the test has no user.
///
/// `require_user` opens an isolated scope on this thread, as [`Recorder::start`] does, and checks
/// every record in the scope. The check runs when the guard is dropped, or at
/// [`check`](RequireUser::check). The message contains the call site of the first such record, and
/// advice. Explicitly [`anonymous`](crate::anonymous) records pass. The test also fails if a span
/// of a request with one user is entered in a request with another user.
///
/// A task or a thread that was spawned without its scope is outside the scope of the test. If the
/// process has one recorder, such records fail the test too. If several tests run at the same time,
/// the records belong to no particular test, and their call sites are printed with advice. `cargo
/// nextest` runs each test in its own process, and so does a file with one test under `tests/`.
///
/// ```
/// let _strict = whose::testing::require_user();
/// whose::user("alice").in_scope(|| tracing::info!("has a user"));
/// ```
///
/// ```should_panic
/// let _strict = whose::testing::require_user();
/// tracing::info!("no user");
/// ```
///
/// # Panics
/// Panics if the current subscriber has no layer of `whose`, as [`Recorder::start`] does.
#[track_caller]
pub fn require_user() -> RequireUser {
    let recorder = Recorder::start();
    let misuses = Arc::<Misuses>::default();
    strict::begin(recorder.observer(), misuses.clone());
    RequireUser { recorder, misuses }
}

/// Fails the test if any record of the process has no user, including records of tasks and threads
/// without a scope. For a test that is alone in its process.
///
/// ```should_panic
/// let strict = whose::testing::require_user_everywhere();
/// whose::Scope::isolated().in_scope(|| {
///     whose::set_user("alice");
///     // The thread does not carry the scope: no `.with_current_scope()`.
///     std::thread::spawn(|| tracing::info!("no user")).join()
/// })
/// .unwrap();
/// strict.check();
/// ```
///
/// # Panics
/// Panics if the current subscriber has no layer of `whose`, as [`Recorder::global`] does.
#[track_caller]
pub fn require_user_everywhere() -> RequireUser {
    RequireUser {
        recorder: Recorder::global(),
        misuses: Arc::default(),
    }
}

/// Fails the test at its drop if a record had no user; [`require_user`] makes one.
#[derive(Debug)]
#[must_use = "the check ends when the guard is dropped: bind it to a name, such as `let _strict = ..`"]
pub struct RequireUser {
    recorder: Recorder,
    misuses: Arc<Misuses>,
}

impl RequireUser {
    /// Fails the test now if a record had no user so far.
    ///
    /// # Panics
    /// Panics if there was such a record. The message contains the call site of the first one, and
    /// advice.
    #[track_caller]
    pub fn check(&self) {
        let records = self.recorder.records();
        let mut gaps = records.iter().filter_map(|record| {
            let why = record.unattributed().filter(|why| why.is_gap())?;
            Some((record, why))
        });
        if let Some((record, reason)) = gaps.next() {
            let others = gaps.count();
            let missing = MissingUser {
                record,
                reason,
                others,
            };
            panic!("{missing}");
        }
        let misuses = self.misuses.lock();
        let misuses = misuses.unwrap_or_else(PoisonError::into_inner).clone();
        match &misuses[..] {
            [] => {}
            [only] => panic!("{only}"),
            [first, others @ ..] => panic!("{first} ({} more after it)", others.len()),
        }
    }
}

impl Drop for RequireUser {
    fn drop(&mut self) {
        strict::end(&self.misuses);
        // A second panic would abort a test that is already failing.
        if !std::thread::panicking() {
            self.check();
        }
    }
}
