//! Reads and captures the current stack of this thread, and enters and exits guards.

use std::panic::Location;
use std::sync::Arc;

use crate::frame::{Frame, Isolated, RecordObserver};
use crate::stack::entry::{self, entries, push_all, remove, ExitRule, Removal, StackEntry};
use crate::stack::entry_kind::EntryKind;
use crate::stack::frames::{frames, Frames};
use crate::stack::ids::next_id;
use crate::stack::node::Stack;
use crate::stack::owner::{current_task, View};
use crate::stack::pending::PendingEntry;
use crate::stack::snapshot::Snapshot;
use crate::stack::thread_state::{local, ThreadState};

/// Calls `read` with the current frames, or with no frames while the thread is being torn down.
pub(crate) fn with_frames<R>(read: impl Fn(Frames<'_>) -> R) -> R {
    let current = |local: &ThreadState| local.with_frames(&read);
    local(current).unwrap_or_else(|| read(Frames::default()))
}

/// Calls `read` with the frames of `stack`, or with the current frames where `stack` is `None`.
pub(crate) fn with_frames_of<R>(stack: Option<&Stack>, read: impl Fn(Frames<'_>) -> R) -> R {
    match stack {
        Some(stack) => read(frames(stack)),
        None => with_frames(read),
    }
}

/// The observers of `stack`, or of the current frames where `stack` is `None`. Without any observer in
/// the process, no stack is read.
#[inline]
pub(crate) fn observers_of(stack: Option<&Stack>) -> Vec<RecordObserver> {
    match RecordObserver::is_any() {
        true => with_frames_of(stack, |frames| frames.observers()),
        false => Vec::new(),
    }
}

/// Whether the stack of this thread is destroyed already.
pub(crate) fn is_torn_down() -> bool {
    local(|_| ()).is_none()
}

/// Captures the current stack.
pub(crate) fn capture() -> Snapshot {
    let mut snapshot = Snapshot::default();
    capture_to(&mut snapshot);
    snapshot
}

/// As [`capture`], into `snapshot`, which is empty. Writing in place avoids a move of the snapshot.
#[inline]
pub(crate) fn capture_to(snapshot: &mut Snapshot) {
    local(|local| match local.view() {
        View::Whole => local.with_top(|top| entry::capture_to(snapshot, top)),
        View::OfTask(_) => snapshot.stack = local.shared_stack(),
    });
}

/// Makes the pending entry current until [`pop`] with the returned id. Returns 0 while the thread is
/// being torn down.
#[inline]
pub(crate) fn push(
    PendingEntry(entry): PendingEntry,
    entered_at: Option<&'static Location<'static>>,
) -> u64 {
    local(|local| {
        local.push(entry, |entry| {
            local.claim(entry);
            entry.entered_at = entered_at;
            let id = entry.prepare(ExitRule::Guard);
            entry.rebase();
            id
        })
    })
    .unwrap_or(0)
}

/// Exits the entry of a guard. If guards are dropped out of order, entries that other guards of the
/// same task opened inside exit too: keeping the user of a leaked guard is worse than losing a user
/// early.
#[inline]
pub(crate) fn pop(id: u64) {
    local(|local| match local.pop_if(|entry| entry.id == id) {
        Some(entry) => {
            local.unclaim();
            local.recycle(entry);
        }
        None => local.pop_buried_guard(id),
    });
}

impl ThreadState {
    #[cold]
    fn pop_buried_guard(&self, id: u64) {
        let removed = self.with_top(|top| {
            let owner = entries(top.as_deref()).find(|entry| entry.id == id)?.owner;
            remove(top, id, |entry| match entry.exit_rule {
                _ if entry.is_hidden_from(owner) => Removal::Keep,
                ExitRule::Guard => Removal::Remove,
                _ => Removal::KeepRest,
            })
        });
        self.release(removed);
    }
}

/// A height of the stack of this thread, for [`pop_above`].
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct StackMark {
    top: u64,
    owned: usize,
    /// Every entry that is opened later has this id or a higher one.
    next_id: u64,
}

/// Marks the current height of the stack.
#[inline]
pub(crate) fn mark() -> StackMark {
    local(ThreadState::mark).unwrap_or(StackMark {
        top: 0,
        owned: 0,
        next_id: u64::MAX,
    })
}

/// Exits the entries that the running task has opened since the mark and left open.
#[inline]
pub(crate) fn pop_above(mark: StackMark) {
    local(|local| {
        let current = local.mark();
        if (current.top, current.owned) != (mark.top, mark.owned) {
            local.pop_above(mark.next_id);
        }
    });
}

impl ThreadState {
    #[inline]
    fn mark(&self) -> StackMark {
        StackMark {
            top: self.with_top(|top| top.as_deref().map_or(0, |entry| entry.id)),
            owned: self.owned(),
            next_id: next_id(),
        }
    }

    #[cold]
    fn pop_above(&self, next_id: u64) {
        let task = current_task();
        let is_above = |entry: &StackEntry| {
            entry.exit_rule.belongs_to_task() && entry.id >= next_id && !entry.is_hidden_from(task)
        };
        let removed = self.with_top(|top| {
            let (mut kept, mut removed) = (None, None);
            while let Some(mut entry) = top.take() {
                *top = entry.outer.take();
                let list = match is_above(&entry) {
                    true => &mut removed,
                    false => &mut kept,
                };
                entry.outer = list.take();
                *list = Some(entry);
            }
            push_all(top, kept);
            removed
        });
        self.release(removed);
    }
}

/// The isolated scope that a write goes to: the nearest isolated scope on the stack. Inside a span
/// whose stack has no isolated scope, the nearest isolated scope outside the entry of the span.
pub(crate) fn nearest_isolated() -> Option<Arc<Isolated>> {
    let as_isolated = |frame: &Frame| match frame {
        Frame::Isolated(isolated) => Some(isolated.shared().clone()),
        _ => None,
    };
    let find = |local: &ThreadState| {
        let view = local.view();
        local.with_top(|top| {
            let is_visible = |entry: &&StackEntry| match view {
                View::Whole => true,
                View::OfTask(task) => !entry.is_hidden_from(task),
            };
            for entry in entries(top.as_deref()).filter(is_visible) {
                let found = match &entry.kind {
                    EntryKind::Stack(stack) => return frames(stack).find_map(as_isolated),
                    EntryKind::Span(span) => Frames::from(&*span.node).find_map(as_isolated),
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
