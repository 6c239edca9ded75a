//! The coverage of the test that is running.

use crate::testing::coverage::Coverage;
use crate::testing::recorder::Recorder;

/// The share of the records of this test that have a user, and the call sites of the others.
///
/// Counts the records of the innermost [`Recorder`] whose scope is current, so far. Without one, the
/// records of the only recorder of the process, such as a [`Recorder::global`].
///
/// ```
/// let _records = whose::testing::Recorder::start();
/// whose::user("alice").in_scope(|| tracing::info!("has a user"));
/// whose::testing::coverage().assert_at_least(98.0);
/// ```
///
/// # Panics
/// Panics if no recorder is current.
#[must_use]
#[track_caller]
pub fn coverage() -> Coverage {
    match Recorder::current_records() {
        Some(records) => Coverage::of(records.iter().map(|record| &**record)),
        None => panic!(
            "no recorder is current: bind one before the records are made, such as \
             `let records = whose::testing::Recorder::start()`"
        ),
    }
}
