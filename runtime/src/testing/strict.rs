//! Strict mode: a record without a user fails the test, and so does a span of another user.

use std::sync::{Arc, PoisonError};

use crate::pipeline::strict::{self, Misuses};
use crate::record::MissingUser;
use crate::testing::recorder::Recorder;

/// Requires a user on every record that is made from here on by whatever carries the isolated
/// scope which this opens, as [`Recorder::start`] does.
///
/// When the guard is dropped, or at [`check`](RequireUser::check), the test fails if there was a
/// record without one; the message names the call site of the first, and what to do. A record that
/// has no user on purpose ([`anonymous`](crate::anonymous)) passes. The test fails as well where a
/// span of one user's request is entered in the request of another user.
///
/// A task or a thread that is spawned without its scope carries nothing of the test. In a process
/// with one recorder its records fail the test too; where several tests run at once, nobody can tell
/// whose such a record is, and its call site is printed with the advice. `cargo nextest` runs each
/// test in a process of its own, and so does a file with one test under `tests/`.
///
/// ```
/// let _strict = whose::testing::require_user();
/// whose::user("alice").in_scope(|| tracing::info!("somebody's"));
/// ```
///
/// ```should_panic
/// let _strict = whose::testing::require_user();
/// tracing::info!("nobody's");
/// ```
///
/// # Panics
/// As [`Recorder::start`].
#[track_caller]
pub fn require_user() -> RequireUser {
    let recorder = Recorder::start();
    let misuses = Arc::<Misuses>::default();
    strict::begin(recorder.observer(), misuses.clone());
    RequireUser { recorder, misuses }
}

/// As [`require_user`], for every record of the process: also of what was spawned without a scope.
/// For a test that is alone in its process.
///
/// ```should_panic
/// let strict = whose::testing::require_user_everywhere();
/// whose::Scope::isolated().in_scope(|| {
///     whose::set_user("alice");
///     // The scope stays behind: no `.with_current_scope()`.
///     std::thread::spawn(|| tracing::info!("nobody's")).join()
/// })
/// .unwrap();
/// strict.check();
/// ```
///
/// # Panics
/// As [`Recorder::global`].
#[track_caller]
pub fn require_user_everywhere() -> RequireUser {
    RequireUser {
        recorder: Recorder::global(),
        misuses: Arc::default(),
    }
}

/// Fails the test at its end if a record had no user; made by [`require_user`].
#[derive(Debug)]
#[must_use = "users are required as long as the guard lives: bind it to a name"]
pub struct RequireUser {
    recorder: Recorder,
    misuses: Arc<Misuses>,
}

impl RequireUser {
    /// Fails the test now if a record had no user until now.
    ///
    /// # Panics
    /// If there was one; the message names the call site of the first, and what to do.
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
        // A test that fails already is not to be ended by a second panic.
        if !std::thread::panicking() {
            self.check();
        }
    }
}
