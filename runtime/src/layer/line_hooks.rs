//! The result of the hooks for an event, until the lines of the event are written.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use smallvec::SmallVec;
use tracing::Event;

use crate::pipeline::{are_lines_expected, expect_lines, KeptIdentity};

/// The number of a format that adds ids to lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FormatId(u64);

impl FormatId {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        expect_lines();
        Self(NEXT.fetch_add(1, Relaxed))
    }
}

/// What the hooks left of the identity of one event.
#[derive(Clone, Copy)]
pub(crate) struct NotedHooks {
    pub(crate) kept: KeptIdentity,
}

/// The addresses of an event and of its metadata.
type EventKey = (usize, usize);

struct Noted {
    event: EventKey,
    kept: KeptIdentity,
    /// The formats that have written the line of the event.
    written: SmallVec<[FormatId; 2]>,
}

thread_local! {
    static NOTED: RefCell<Option<Noted>> = const { RefCell::new(None) };
}

pub(crate) fn key(event: &Event<'_>) -> EventKey {
    let metadata: *const _ = event.metadata();
    (std::ptr::from_ref(event).addr(), metadata.addr())
}

/// Notes what the hooks of the last delivery left of the identity of an event.
#[inline]
pub(crate) fn note(event: EventKey) {
    if !are_lines_expected() {
        return;
    }
    if let Some(kept) = KeptIdentity::take_last() {
        let noted = Noted {
            event,
            kept,
            written: SmallVec::new(),
        };
        let _ = NOTED.try_with(|last| *last.borrow_mut() = Some(noted));
    }
}

impl NotedHooks {
    pub(crate) fn forget() {
        if are_lines_expected() {
            KeptIdentity::take_last();
            let _ = NOTED.try_with(|last| last.borrow_mut().take());
        }
    }

    /// The result for an event, once for each format.
    ///
    /// A later event can have the same address. The layer forgets the result when it sees the next
    /// event; an event that a filter hides from the layer finds that its format has taken the
    /// result.
    pub(crate) fn take(event: &Event<'_>, format: FormatId) -> Option<Self> {
        let taken = NOTED.try_with(|last| {
            let mut last = last.borrow_mut();
            let noted = last.as_mut().filter(|noted| noted.event == key(event))?;
            if noted.written.contains(&format) {
                return None;
            }
            noted.written.push(format);
            Some(Self { kept: noted.kept })
        });
        taken.ok().flatten()
    }
}
