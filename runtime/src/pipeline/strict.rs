//! The tests in strict mode, which fail for records without a user.
//!
//! `testing::require_user` registers a test here; the pipeline reports records and misuses to the
//! registered tests.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::frame::RecordObserver;
use crate::model::UnattributedReason;
use crate::record::{MissingUser, Record};
use crate::stack;

/// Why a strict test fails, apart from the records of its own scope.
pub(crate) type Misuses = Mutex<Vec<String>>;

/// A test in strict mode, known by the observer of its scope.
struct StrictTest {
    observer: RecordObserver,
    misuses: Arc<Misuses>,
}

static STRICT_TESTS: Mutex<Vec<StrictTest>> = Mutex::new(Vec::new());
/// The number of strict tests. Without one, no record is checked.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// The number of recorders in the process. With one recorder, a record that no scope claims belongs
/// to the test of that recorder.
static RECORDERS: AtomicUsize = AtomicUsize::new(0);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn add_recorder() {
    RECORDERS.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn remove_recorder() {
    RECORDERS.fetch_sub(1, Ordering::Relaxed);
}

/// Puts the test of that observer into strict mode, until [`end`].
pub(crate) fn begin(observer: RecordObserver, misuses: Arc<Misuses>) {
    lock(&STRICT_TESTS).push(StrictTest { observer, misuses });
    COUNT.fetch_add(1, Ordering::Relaxed);
}

/// Ends strict mode for the test with those misuses.
pub(crate) fn end(misuses: &Arc<Misuses>) {
    let mut tests = lock(&STRICT_TESTS);
    let before = tests.len();
    tests.retain(|test| !Arc::ptr_eq(&test.misuses, misuses));
    COUNT.fetch_sub(before - tests.len(), Ordering::Relaxed);
}

/// Whether a test in strict mode runs.
#[inline]
pub(crate) fn is_strict() -> bool {
    COUNT.load(Ordering::Relaxed) > 0
}

/// Reports a record without a user that carries the scope of no test.
#[inline]
pub(crate) fn note_unscoped(record: &Record) {
    if is_strict() {
        let reason = record.unattributed();
        if let Some(reason @ (UnattributedReason::NoScope | UnattributedReason::GlobalOnly)) =
            reason
        {
            let missing = MissingUser {
                record,
                reason,
                others: 0,
            };
            report(&missing.to_string());
        }
    }
}

/// Reports another mistake to the strict test of the current scope; without one, as
/// [`note_unscoped`].
pub(crate) fn note_misuse(text: impl FnOnce() -> String) {
    if !is_strict() {
        return;
    }
    let text = text();
    let observers = stack::with_frames(|frames| frames.observers());
    let is_current = |test: &&StrictTest| {
        observers
            .iter()
            .any(|observer| observer.is_same(&test.observer))
    };
    let current = lock(&STRICT_TESTS)
        .iter()
        .find(is_current)
        .map(|test| test.misuses.clone());
    match current {
        Some(misuses) => lock(&misuses).push(text),
        None => report(&text),
    }
}

/// Fails the only test; with several tests, prints the text once.
fn report(text: &str) {
    let tests = lock(&STRICT_TESTS);
    match &tests[..] {
        [only] if RECORDERS.load(Ordering::Relaxed) == 1 => lock(&only.misuses).push(text.into()),
        _ => {
            static PRINTED: Mutex<Option<HashSet<String>>> = Mutex::new(None);
            if lock(&PRINTED).get_or_insert_default().insert(text.into()) {
                eprintln!("whose: several tests run, so none of them fails: {text}");
            }
        }
    }
}
