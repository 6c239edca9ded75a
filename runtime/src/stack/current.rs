//! What is current on this thread.
//!
//! Whatever makes something current is a *entry*, on top of the one outside it: a guard, a closure,
//! a poll, an entered span. A thread has the innermost one, by value, and each has the one outside
//! it: so to enter a scope is to move one pointer in, and to leave it is to move it out again. A
//! entry that a future brings back at every poll, or that was used before, costs no allocation.
//!
//! The frame of an entry is the thread's own until somebody wants to keep it: a span, a task. The
//! first who wants a user's gets a copy (`captured.rs`); otherwise it becomes a shared node, which
//! costs an allocation, and whose clones are counted.

use std::panic::Location;
use std::sync::Arc;

use crate::frame::{Frame, Isolated};
use crate::stack::entry::{self, cover, entries, remove, ExitRule, Fate, StackEntry};
use crate::stack::entry_kind::EntryKind;
use crate::stack::frames::{frames, Frames};
use crate::stack::ids::next_id;
use crate::stack::node::Stack;
use crate::stack::owner::{current_task, View};
use crate::stack::pending::PendingEntry;
use crate::stack::snapshot::Snapshot;
use crate::stack::thread_state::{local, ThreadState};

/// Calls `read` with the current frames; with none while the thread is being torn down.
pub(crate) fn with_frames<R>(read: impl Fn(Frames<'_>) -> R) -> R {
    let current = |local: &ThreadState| local.with_frames(&read);
    local(current).unwrap_or_else(|| read(Frames::default()))
}

/// Calls `read` with the frames of that stack, or with the current frames where there is none.
pub(crate) fn with_frames_of<R>(stack: Option<&Stack>, read: impl Fn(Frames<'_>) -> R) -> R {
    match stack {
        Some(stack) => read(frames(stack)),
        None => with_frames(read),
    }
}

/// Whether this thread's stack is gone already.
pub(crate) fn is_torn_down() -> bool {
    local(|_| ()).is_none()
}

/// The current stack, to be kept.
pub(crate) fn capture() -> Snapshot {
    let mut captured = Snapshot::default();
    capture_to(&mut captured);
    captured
}

/// As [`capture`], written to its place, which is empty.
#[inline]
pub(crate) fn capture_to(place: &mut Snapshot) {
    local(|local| match local.view() {
        View::Whole => local.with_top(|top| entry::capture_to(place, top)),
        View::OfTask(_) => place.stack = local.share(),
    });
}

/// Makes that current until [`pop`] of the number; 0 while the thread is being torn down.
#[inline]
pub(crate) fn push(
    PendingEntry(entry): PendingEntry,
    entered_at: Option<&'static Location<'static>>,
) -> u64 {
    local(|local| {
        local.cover(entry, |entry| {
            local.own(entry);
            entry.entered_at = entered_at;
            let id = entry.begin(ExitRule::Guard);
            entry.rebase();
            id
        })
    })
    .unwrap_or(0)
}

/// Ends what a guard made current. Out of order it ends what other guards of the task opened on top
/// of it too: to keep a leaked guard's user current would be worse than to lose one early.
#[inline]
pub(crate) fn pop(id: u64) {
    local(|local| match local.close_top(|entry| entry.id == id) {
        Some(entry) => {
            local.disown();
            local.recycle(entry);
        }
        None => local.pop_covered(id),
    });
}

impl ThreadState {
    #[cold]
    fn pop_covered(&self, id: u64) {
        let fallen = self.with_top(|top| {
            let owner = entries(top.as_deref()).find(|entry| entry.id == id)?.owner;
            remove(top, id, |entry| match entry.exit_rule {
                _ if entry.is_hidden_from(owner) => Fate::Stays,
                ExitRule::Guard => Fate::Falls,
                _ => Fate::Shields,
            })
        });
        self.release(fallen);
    }
}

/// A moment on this thread: see [`end_since`].
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Since {
    top: u64,
    owned: usize,
    /// Every entry that is opened later has a higher id.
    next_id: u64,
}

/// The moment now.
#[inline]
pub(crate) fn now() -> Since {
    local(ThreadState::now).unwrap_or(Since {
        top: 0,
        owned: 0,
        next_id: u64::MAX,
    })
}

/// Ends the entries that the task which runs has opened since, and left open.
#[inline]
pub(crate) fn end_since(since: Since) {
    local(|local| {
        let now = local.now();
        if (now.top, now.owned) != (since.top, since.owned) {
            local.end_since(since.next_id);
        }
    });
}

impl ThreadState {
    #[inline]
    fn now(&self) -> Since {
        Since {
            top: self.with_top(|top| top.as_deref().map_or(0, |entry| entry.id)),
            owned: self.owned(),
            next_id: next_id(),
        }
    }

    #[cold]
    fn end_since(&self, next_id: u64) {
        let task = current_task();
        let is_since = |entry: &StackEntry| {
            entry.exit_rule.belongs_to_task() && entry.id >= next_id && !entry.is_hidden_from(task)
        };
        let fallen = self.with_top(|top| {
            let (mut staying, mut fallen) = (None, None);
            while let Some(mut entry) = top.take() {
                *top = entry.outer.take();
                let place = match is_since(&entry) {
                    true => &mut fallen,
                    false => &mut staying,
                };
                entry.outer = place.take();
                *place = Some(entry);
            }
            cover(top, staying);
            fallen
        });
        self.release(fallen);
    }
}

/// The isolated scope that a write here goes to: the nearest on the stack; inside a span whose
/// stack holds none, the one around the entry.
pub(crate) fn nearest_isolated() -> Option<Arc<Isolated>> {
    let of = |frame: &Frame| match frame {
        Frame::Isolated(isolated) => Some(isolated.shared().clone()),
        _ => None,
    };
    let find = |local: &ThreadState| {
        let view = local.view();
        local.with_top(|top| {
            let is_seen = |entry: &&StackEntry| match view {
                View::Whole => true,
                View::OfTask(task) => !entry.is_hidden_from(task),
            };
            for entry in entries(top.as_deref()).filter(is_seen) {
                let found = match &entry.kind {
                    EntryKind::Stack(stack) => return frames(stack).find_map(of),
                    EntryKind::Span(span) => Frames::from(&*span.node).find_map(of),
                    _ => entry.isolated().cloned(),
                };
                if found.is_some() {
                    return found;
                }
            }
            None
        })
    };
    local(find).flatten()
}
