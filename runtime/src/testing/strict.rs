//! Strict mode: a record without a user fails the test.

use std::fmt;

use super::Recorder;
use crate::diagnostics::At;
use crate::record::{Record, RecordType};
use crate::unattributed::Unattributed;

/// Requires a user on every record that is made from here on by whatever carries the isolated
/// scope which this opens, as [`Recorder::start`] does.
///
/// When the guard is dropped, or at [`check`](RequireUser::check), the test fails if there was a
/// record without one; the message names the call site of the first, and what to do. A record that
/// has no user on purpose ([`anonymous`](crate::anonymous)) passes.
///
/// What is spawned without its scope carries nothing of the test's:
/// [`require_user_everywhere`] sees it.
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
    RequireUser {
        recorder: Recorder::start(),
    }
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
    }
}

/// Fails the test at its end if a record had no user; made by [`require_user`].
#[derive(Debug)]
#[must_use = "users are required as long as the guard lives: bind it to a name"]
pub struct RequireUser {
    recorder: Recorder,
}

impl RequireUser {
    /// Fails the test now if a record had no user until now.
    ///
    /// # Panics
    /// If there was one; the message names the call site of the first, and what to do.
    #[track_caller]
    pub fn check(&self) {
        if let Some(gaps) = self.gaps() {
            panic!("{gaps}");
        }
    }

    fn gaps(&self) -> Option<Gaps> {
        let records = self.recorder.records();
        let mut gaps = records.into_iter().filter_map(|record| {
            let why = record.unattributed().filter(|why| why.is_gap())?;
            Some((record, why))
        });
        let (first, why) = gaps.next()?;
        Some(Gaps {
            first,
            why,
            others: gaps.count(),
        })
    }
}

impl Drop for RequireUser {
    fn drop(&mut self) {
        // A test that fails already is not to be ended by a second panic.
        if !std::thread::panicking() {
            self.check();
        }
    }
}

/// The records without a user, of which the first is named.
struct Gaps {
    first: Record,
    why: Unattributed,
    others: usize,
}

impl fmt::Display for Gaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = &self.first;
        write!(
            f,
            "a record without a user: {} ",
            record.record_type.as_str()
        )?;
        match record.record_type {
            RecordType::Span => write!(f, "`{}` ", record.name())?,
            RecordType::Event | RecordType::Error => {
                if let Some(message) = record.message() {
                    write!(f, "{message:?} ")?;
                }
            }
        }
        write!(f, "at {}: {}", At::from(record), self.why.advice())?;
        match self.others {
            0 => Ok(()),
            others => write!(f, " ({others} more after it)"),
        }
    }
}
