//! What a thread has: its entries, those that are used again, and what it remembers.

use std::cell::{Cell, RefCell};
use std::mem::{forget, replace};
use std::panic::Location;
use std::sync::Arc;

use crate::diagnostics::{stats, Warning};
use crate::stack::cached::Cached;
use crate::stack::entry::{self, ExitRule, StackEntry};
use crate::stack::entry_kind::EntryKind;
use crate::stack::frames::Frames;
use crate::stack::ids::SpanKey;
use crate::stack::node::{Node, Stack};
use crate::stack::noop_entry::{NoopEntry, REMEMBERED};
use crate::stack::owner::{current_task, Task, View};

thread_local! {
    static LOCAL: ThreadState = const { ThreadState::new() };
}

/// The number of a stack, and how much was written before, with the sum of it.
pub(crate) type Flattened = ((u64, u64), Arc<Node>);

/// What a thread has.
pub(crate) struct ThreadState {
    /// The innermost entry. A caller that reads or changes the entry takes it out meanwhile; no user
    /// code runs in between.
    top: Cell<Option<Box<StackEntry>>>,
    /// Entries that are used again.
    pool: Cell<Option<Box<StackEntry>>>,
    pool_len: Cell<usize>,
    /// The spans that have an entry, so that the exit of one that has none need not look for it.
    pub(crate) spans: RefCell<Vec<SpanKey>>,
    /// How many entries on the stack [belong to a task](Kind::belongs_to_task).
    owned: Cell<usize>,
    /// The task of the first of them.
    owner: Cell<Option<Task>>,
    /// Whether one of them was hidden from another task that opened or ended an entry.
    has_hidden: Cell<bool>,
    /// Entries that change nothing.
    pub(crate) noop_entries: [Cell<NoopEntry>; REMEMBERED],
    /// The last answer.
    pub(crate) answer: Cell<Option<Box<Cached>>>,
    /// The number of the stack that a record last asked for.
    pub(crate) asked: Cell<u64>,
    /// The last stack that was summed up.
    pub(crate) flattened: Cell<Option<Flattened>>,
}

/// Calls `f` with what the thread has; `None` while the thread is being torn down.
#[inline]
pub(crate) fn local<R>(f: impl FnOnce(&ThreadState) -> R) -> Option<R> {
    LOCAL.try_with(f).ok()
}

impl ThreadState {
    const fn new() -> Self {
        Self {
            top: Cell::new(None),
            pool: Cell::new(None),
            pool_len: Cell::new(0),
            spans: RefCell::new(Vec::new()),
            owned: Cell::new(0),
            owner: Cell::new(None),
            has_hidden: Cell::new(false),
            noop_entries: [const { Cell::new(NoopEntry::nothing()) }; REMEMBERED],
            answer: Cell::new(None),
            asked: Cell::new(0),
            flattened: Cell::new(None),
        }
    }

    /// Looks at what is current, or changes it; what falls off is dropped by the caller.
    #[inline]
    pub(crate) fn with_top<R>(&self, f: impl FnOnce(&mut Option<Box<StackEntry>>) -> R) -> R {
        struct PutBack<'a>(&'a ThreadState, Option<Box<StackEntry>>);
        impl Drop for PutBack<'_> {
            fn drop(&mut self) {
                put(&self.0.top, self.1.take());
            }
        }
        let mut top = PutBack(self, self.top.take());
        f(&mut top.1)
    }

    /// An entry that was used before.
    #[inline]
    pub(crate) fn pooled(&self) -> Option<Box<StackEntry>> {
        let mut entry = self.pool.take()?;
        put(&self.pool, entry.outer.take());
        self.pool_len.set(self.pool_len.get() - 1);
        Some(entry)
    }

    /// Keeps an entry that was left for the next scope.
    #[inline(always)]
    pub(crate) fn recycle(&self, mut entry: Box<StackEntry>) {
        /// About 20 KiB a thread: as many as it usually has in hand, and as many as the tasks that end
        /// there leave to those that begin.
        const POOL_CAPACITY: usize = 256;
        if !entry.kind.is_in_place() {
            entry.kind = EntryKind::Nothing;
        }
        let spares = self.pool_len.get();
        if spares < POOL_CAPACITY {
            forget(replace(&mut entry.outer, self.pool.take()));
            put(&self.pool, Some(entry));
            self.pool_len.set(spares + 1);
        }
    }

    /// Gives an entry that is about to be opened to the task that runs.
    #[inline]
    pub(crate) fn own(&self, entry: &mut StackEntry) {
        let task = current_task();
        entry.owner = task;
        let owned = self.owned.get();
        if owned == 0 {
            self.owner.set(task);
            self.has_hidden.set(false);
        } else if self.owner.get() != task {
            self.has_hidden.set(true);
        }
        self.owned.set(owned + 1);
    }

    /// How many entries on the stack belong to tasks.
    #[inline]
    pub(crate) fn owned(&self) -> usize {
        self.owned.get()
    }

    /// An entry that belonged to a task is off the stack.
    #[inline]
    pub(crate) fn disown(&self) {
        self.owned.set(self.owned.get().saturating_sub(1));
    }

    /// What the task that runs sees of the stack. As long as nothing on the stack belongs to a task,
    /// no task is asked for.
    #[inline]
    pub(crate) fn view(&self) -> View {
        match self.owned.get() {
            0 => View::Whole,
            _ => self.view_of_task(),
        }
    }

    #[inline]
    fn view_of_task(&self) -> View {
        let task = current_task();
        if self.owner.get() == task && !self.has_hidden.get() {
            View::Whole
        } else {
            self.partial_view(task)
        }
    }

    #[cold]
    fn partial_view(&self, task: Option<Task>) -> View {
        self.with_top(|top| {
            let mut is_partial = false;
            let mut next = top.as_deref_mut();
            while let Some(entry) = next {
                if entry.is_hidden_from(task) {
                    is_partial = true;
                    warn_of_guard(entry, GuardMisuse::OtherTask);
                }
                next = entry.outer.as_deref_mut();
            }
            match is_partial {
                true => View::OfTask(task),
                false => View::Whole,
            }
        })
    }

    /// Calls `read` with the frames that the task sees.
    #[inline]
    pub(crate) fn with_frames<R>(&self, read: impl FnOnce(Frames<'_>) -> R) -> R {
        let view = self.view();
        self.with_top(|top| read(Frames::from_top(top.as_deref(), view)))
    }

    /// The stack that the task sees, as one that others can hold.
    pub(crate) fn share(&self) -> Stack {
        match self.view() {
            View::Whole => self.with_top(entry::into_shared),
            View::OfTask(task) => self.with_top(|top| entry::share_view(top.as_deref(), task)),
        }
    }

    /// Puts the entry of a poll or a drop on top, but below what other tasks left open.
    #[inline]
    pub(crate) fn open(&self, mut entry: Box<StackEntry>) {
        // It was on nothing.
        forget(replace(&mut entry.outer, self.top.take()));
        match entry.is_settled() {
            true => put(&self.top, Some(entry)),
            false => self.open_elsewhere(entry),
        }
    }

    /// Opens an entry on another stack than the one that the entry was settled on. An entry that was put
    /// below the guards of other tasks was settled on what is outside of those, and comes here again.
    #[inline(never)]
    fn open_elsewhere(&self, mut entry: Box<StackEntry>) {
        match self.owned.get() {
            0 => {
                entry.rebase();
                put(&self.top, Some(entry));
            }
            _ => self.open_among_guards(entry),
        }
    }

    /// Opens an entry below the guards that other tasks left open since the innermost poll: one of those
    /// tasks may be driven by this poll, and holds its guard inside the scope of the poll.
    #[cold]
    fn open_among_guards(&self, mut entry: Box<StackEntry>) {
        let [own, others] = entry.take_left_open(current_task());
        self.note_hidden(others.is_some());
        put(&self.top, entry.outer.take());
        self.with_top(|top| {
            for entries in [own, Some(entry), others] {
                entry::cover(top, entries);
            }
        });
    }

    /// Entries stay on the stack that the task which runs does not see.
    pub(crate) fn note_hidden(&self, are_there: bool) {
        if are_there {
            self.has_hidden.set(true);
        }
    }

    /// Puts an entry on what was the top, which `settle` finds outside of it.
    #[inline]
    pub(crate) fn cover<R>(
        &self,
        mut entry: Box<StackEntry>,
        settle: impl FnOnce(&mut StackEntry) -> R,
    ) -> R {
        // It was on nothing.
        forget(replace(&mut entry.outer, self.top.take()));
        let settled = settle(&mut entry);
        put(&self.top, Some(entry));
        settled
    }

    /// Takes the top off, if it `is_it`.
    #[inline]
    pub(crate) fn close_top(
        &self,
        is_it: impl FnOnce(&StackEntry) -> bool,
    ) -> Option<Box<StackEntry>> {
        match self.top.take() {
            Some(mut entry) if is_it(&entry) => {
                put(&self.top, entry.outer.take());
                Some(entry)
            }
            other => {
                put(&self.top, other);
                None
            }
        }
    }

    /// Drops entries that fell off, which may be those of spans.
    pub(crate) fn release(&self, fallen: Option<Box<StackEntry>>) {
        let mut next = fallen;
        while let Some(mut entry) = next {
            next = entry.outer.take();
            if let EntryKind::Span(span) = &entry.kind {
                self.forget_span(span.key);
            }
            if entry.exit_rule.belongs_to_task() {
                self.disown();
            }
            self.recycle(entry);
        }
    }
}

/// How a guard was held across an `.await`.
#[derive(Clone, Copy)]
pub(crate) enum GuardMisuse {
    /// Another task ran on the thread while the guard was open.
    OtherTask,
    /// The guard was open at the end of a poll.
    EndOfPoll,
}

impl GuardMisuse {
    fn warn(self, entered_at: &'static Location<'static>) {
        const OTHER_TASK: Warning = Warning::warn("guard open in another task");
        const END_OF_POLL: Warning = Warning::warn("guard held across await");
        match self {
            Self::OtherTask => OTHER_TASK.emit_deferred(entered_at, |origin| {
                format!(
                    "the guard entered at {origin} was open while another task ran on its thread, and \
                     does not hold there: in async code use `#[whose::with_user]` or \
                     `.with_scope(..)`, and carry the scope into tasks with `whose::task::spawn` or \
                     `.with_current_scope()`"
                )
            }),
            Self::EndOfPoll => END_OF_POLL.emit_deferred(entered_at, |origin| {
                format!(
                    "the guard entered at {origin} is held across an `.await`, and ended there: in \
                     async code use `#[whose::with_user]` or `.with_scope(..)`"
                )
            }),
        }
    }
}

/// Counts and names, once, a guard that is open where a task waits.
pub(crate) fn warn_of_guard(entry: &mut StackEntry, misuse: GuardMisuse) {
    let entered_at = entry
        .entered_at
        .take()
        .filter(|_| entry.exit_rule == ExitRule::Guard);
    if let Some(entered_at) = entered_at {
        stats::guard_across_await();
        misuse.warn(entered_at);
    }
}

/// Puts an entry where there is none, and so nothing to drop.
#[inline]
fn put(place: &Cell<Option<Box<StackEntry>>>, entry: Option<Box<StackEntry>>) {
    forget(place.replace(entry));
}
