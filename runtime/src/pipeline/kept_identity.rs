//! What the hooks of a layer leave of the identity of an event, for the log line of the event.
//!
//! A hook can remove an identity and cannot set one. A line therefore resolves its own identity,
//! and leaves out what the hooks removed: it never shows another identity than its own.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::model::{Attribution, ResolvedUser};
use crate::record::Record;

/// The parts of an identity that the hooks kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeptIdentity {
    user: bool,
    session: bool,
    actors: bool,
}

impl KeptIdentity {
    pub(crate) const NOTHING: Self = Self {
        user: false,
        session: false,
        actors: false,
    };

    /// The parts that a record has after the hooks.
    pub(crate) fn of(record: &Record) -> Self {
        Self {
            user: record.user().is_some(),
            session: record.session_id().is_some(),
            actors: record.actor().is_some(),
        }
    }

    /// Removes the parts that were not kept.
    pub(crate) fn apply(self, attribution: &mut Attribution) {
        if !self.user && attribution.user().is_some() {
            attribution.user = ResolvedUser::withheld();
        }
        if !self.session {
            attribution.session = None;
        }
        if let (false, Some(data)) = (self.actors, &mut attribution.data) {
            data.actors_mut().clear();
        }
    }

    /// Notes the result of the hooks for the line that follows.
    pub(super) fn note(self) {
        let _ = LAST.try_with(|last| last.set(Some(self)));
    }

    /// Takes the result of the last hooks of this thread.
    pub(crate) fn take_last() -> Option<Self> {
        LAST.try_with(Cell::take).ok().flatten()
    }
}

thread_local! {
    static LAST: Cell<Option<KeptIdentity>> = const { Cell::new(None) };
}

/// Whether any format of the process adds ids to lines. Without one, no result is noted.
static ARE_LINES_EXPECTED: AtomicBool = AtomicBool::new(false);

pub(crate) fn expect_lines() {
    ARE_LINES_EXPECTED.store(true, Relaxed);
}

#[inline]
pub(crate) fn are_lines_expected() -> bool {
    ARE_LINES_EXPECTED.load(Relaxed)
}
