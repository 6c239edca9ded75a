//! Strict mode: a record without a user fails the test, and so does a span of another user.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::diagnostics::At;
use crate::model::UnattributedReason;
use crate::record::{Record, RecordType};
use crate::stack;
use crate::testing::recorder::{Recorder, Tap, RECORDERS};

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
    let strict = Strict {
        tap: recorder.tap.clone(),
        misuses: misuses.clone(),
    };
    lock(&STRICT).push(strict);
    IS_STRICT.fetch_add(1, Ordering::Relaxed);
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

/// What a strict test fails for beside its own records.
type Misuses = Mutex<Vec<String>>;

/// A strict test that hangs on a scope.
struct Strict {
    tap: Arc<Tap>,
    misuses: Arc<Misuses>,
}

static STRICT: Mutex<Vec<Strict>> = Mutex::new(Vec::new());
/// How many of them there are: with none, no record is looked at.
static IS_STRICT: AtomicUsize = AtomicUsize::new(0);

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a strict test runs, which wants to see every record.
#[inline]
pub(crate) fn is_strict() -> bool {
    IS_STRICT.load(Ordering::Relaxed) > 0
}

/// Notes a record that carries nothing of any test, where a strict test runs.
#[inline]
pub(crate) fn note_unscoped(record: &Record) {
    if is_strict() {
        let why = record
            .unattributed()
            .unwrap_or(UnattributedReason::Anonymous);
        if matches!(
            why,
            UnattributedReason::NoScope | UnattributedReason::GlobalOnly
        ) {
            let gaps = Gaps {
                record,
                why,
                others: 0,
            };
            tell_all(&gaps.to_string());
        }
    }
}

/// Notes something else that fails a strict test: the one around this place, or else as
/// [`note_unscoped`].
pub(crate) fn note_misuse(text: impl FnOnce() -> String) {
    if !is_strict() {
        return;
    }
    let (text, taps) = (text(), stack::with_frames(Tap::all_on));
    let is_around = |strict: &&Strict| taps.iter().any(|tap| Arc::ptr_eq(tap, &strict.tap));
    let around = lock(&STRICT)
        .iter()
        .find(is_around)
        .map(|strict| strict.misuses.clone());
    match around {
        Some(misuses) => lock(&misuses).push(text),
        None => tell_all(&text),
    }
}

/// Fails the one test there is; where there are several, prints the text once.
fn tell_all(text: &str) {
    let strict = lock(&STRICT);
    match &strict[..] {
        [only] if RECORDERS.load(Ordering::Relaxed) == 1 => lock(&only.misuses).push(text.into()),
        _ => {
            static PRINTED: Mutex<Option<HashSet<String>>> = Mutex::new(None);
            if lock(&PRINTED).get_or_insert_default().insert(text.into()) {
                eprintln!("whose: while several tests run, so that none of them fails: {text}");
            }
        }
    }
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
        if let Some((record, why)) = gaps.next() {
            let others = gaps.count();
            panic!(
                "{}",
                Gaps {
                    record,
                    why,
                    others
                }
            );
        }
        let misuses = lock(&self.misuses).clone();
        match &misuses[..] {
            [] => {}
            [only] => panic!("{only}"),
            [first, others @ ..] => panic!("{first} ({} more after it)", others.len()),
        }
    }
}

impl Drop for RequireUser {
    fn drop(&mut self) {
        let mut strict = lock(&STRICT);
        let before = strict.len();
        strict.retain(|strict| !Arc::ptr_eq(&strict.misuses, &self.misuses));
        IS_STRICT.fetch_sub(before - strict.len(), Ordering::Relaxed);
        drop(strict);
        // A test that fails already is not to be ended by a second panic.
        if !std::thread::panicking() {
            self.check();
        }
    }
}

/// The records without a user, of which the first is named.
struct Gaps<'a> {
    record: &'a Record,
    why: UnattributedReason,
    others: usize,
}

impl fmt::Display for Gaps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record;
        write!(
            f,
            "a record without a user: {} ",
            record.record_type.as_str()
        )?;
        match record.record_type {
            RecordType::Span | RecordType::Link => write!(f, "`{}` ", record.name())?,
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
