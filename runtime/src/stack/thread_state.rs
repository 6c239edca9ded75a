//! The state of a thread: its entries, its pool of entries, and its caches.

use std::cell::{Cell, RefCell};
use std::mem::{forget, replace};
use std::panic::Location;
use std::sync::Arc;

use crate::diagnostics::{stats, Warning};
use crate::frame::Frame;
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

/// A stack id and an epoch of writes, and the flattened stack for both.
pub(crate) type Flattened = ((u64, u64), Arc<Node>);

/// The state of a thread.
pub(crate) struct ThreadState {
    /// The innermost entry. A function that reads or changes the list takes the entry out meanwhile. No
    /// user code runs in between, so that no caller finds the list empty.
    top: Cell<Option<Box<StackEntry>>>,
    /// The pool: a list of entries for later scopes.
    pool: Cell<Option<Box<StackEntry>>>,
    pool_len: Cell<usize>,
    /// The spans that have an entry. The exit of a span without an entry then searches no list.
    pub(crate) spans: RefCell<Vec<SpanKey>>,
    /// How many entries on the stack [belong to a task](ExitRule::belongs_to_task).
    owned: Cell<usize>,
    /// The task of the first owned entry.
    owner: Cell<Option<Task>>,
    /// Whether an owned entry was hidden from another task that opened or ended an entry.
    has_hidden: Cell<bool>,
    /// Span entries that change nothing.
    pub(crate) noop_entries: [Cell<NoopEntry>; REMEMBERED],
    /// The last resolved attribution.
    pub(crate) cached: Cell<Option<Box<Cached>>>,
    /// The id of the stack of the last record.
    pub(crate) last_record_stack_id: Cell<u64>,
    /// The last flattened stack.
    pub(crate) flattened: Cell<Option<Flattened>>,
}

/// Calls `f` with the state of the thread. Returns `None` while the thread is being torn down.
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
            noop_entries: [const { Cell::new(NoopEntry::none()) }; REMEMBERED],
            cached: Cell::new(None),
            last_record_stack_id: Cell::new(0),
            flattened: Cell::new(None),
        }
    }

    /// Reads or changes the list of entries. The caller drops removed entries after `f`, because their
    /// drop runs user code.
    #[inline]
    pub(crate) fn with_top<R>(&self, f: impl FnOnce(&mut Option<Box<StackEntry>>) -> R) -> R {
        struct RestoreTop<'a>(&'a ThreadState, Option<Box<StackEntry>>);
        impl Drop for RestoreTop<'_> {
            fn drop(&mut self) {
                set_empty(&self.0.top, self.1.take());
            }
        }
        let mut top = RestoreTop(self, self.top.take());
        f(&mut top.1)
    }

    /// Takes an entry from the pool.
    #[inline]
    pub(crate) fn pooled(&self) -> Option<Box<StackEntry>> {
        let mut entry = self.pool.take()?;
        set_empty(&self.pool, entry.outer.take());
        self.pool_len.set(self.pool_len.get() - 1);
        Some(entry)
    }

    /// Puts a removed entry into the pool.
    #[inline(always)]
    pub(crate) fn recycle(&self, mut entry: Box<StackEntry>) {
        /// About 20 KiB a thread: enough for nested scopes, and for tasks that end while others start.
        const POOL_CAPACITY: usize = 256;
        match &entry.kind {
            EntryKind::Own(Frame::User(user, _)) if user.is_in_place() => {}
            _ => entry.kind.empty(),
        }
        let pool_len = self.pool_len.get();
        if pool_len < POOL_CAPACITY {
            forget(replace(&mut entry.outer, self.pool.take()));
            set_empty(&self.pool, Some(entry));
            self.pool_len.set(pool_len + 1);
        }
    }

    /// Makes the running task the owner of an entry that is about to be pushed.
    #[inline]
    pub(crate) fn claim(&self, entry: &mut StackEntry) {
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

    /// How many entries on the stack belong to a task.
    #[inline]
    pub(crate) fn owned(&self) -> usize {
        self.owned.get()
    }

    /// Counts the removal of an entry that belonged to a task.
    #[inline]
    pub(crate) fn unclaim(&self) {
        self.owned.set(self.owned.get().saturating_sub(1));
    }

    /// The entries that the running task sees. While no entry belongs to a task, the running task is not
    /// looked up.
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
                    warn_about_guard(entry, GuardMisuse::OtherTask);
                }
                next = entry.outer.as_deref_mut();
            }
            match is_partial {
                true => View::OfTask(task),
                false => View::Whole,
            }
        })
    }

    /// Calls `read` with the frames that the running task sees.
    #[inline]
    pub(crate) fn with_frames<R>(&self, read: impl FnOnce(Frames<'_>) -> R) -> R {
        let view = self.view();
        self.with_top(|top| read(Frames::from_top(top.as_deref(), view)))
    }

    /// The stack that the running task sees, as shared nodes.
    pub(crate) fn shared_stack(&self) -> Stack {
        match self.view() {
            View::Whole => self.with_top(entry::into_shared),
            View::OfTask(task) => self.with_top(|top| entry::shared_view(top.as_deref(), task)),
        }
    }

    /// Pushes the entry of a poll or a drop, below the entries that other tasks left open.
    #[inline]
    pub(crate) fn push_below_guards(&self, mut entry: Box<StackEntry>) {
        // `outer` is `None` here.
        forget(replace(&mut entry.outer, self.top.take()));
        match entry.has_current_base() {
            true => set_empty(&self.top, Some(entry)),
            false => self.push_rebased(entry),
        }
    }

    /// Pushes an entry whose stack id was computed for another stack. An entry that went below the guards
    /// of other tasks comes here at every poll, because its base is outside those guards.
    #[inline(never)]
    fn push_rebased(&self, mut entry: Box<StackEntry>) {
        match self.owned.get() {
            0 => {
                entry.rebase();
                set_empty(&self.top, Some(entry));
            }
            _ => self.push_among_guards(entry),
        }
    }

    /// Pushes an entry below the guards that other tasks left open since the innermost poll. This poll
    /// may drive one of those tasks, whose guard then belongs inside the scope of the poll.
    #[cold]
    fn push_among_guards(&self, mut entry: Box<StackEntry>) {
        let [visible, hidden] = entry.take_unclosed(current_task());
        self.note_hidden(hidden.is_some());
        set_empty(&self.top, entry.outer.take());
        self.with_top(|top| {
            for entries in [visible, Some(entry), hidden] {
                entry::push_all(top, entries);
            }
        });
    }

    /// Notes entries that stay on the stack and are hidden from the running task.
    pub(crate) fn note_hidden(&self, is_any_hidden: bool) {
        if is_any_hidden {
            self.has_hidden.set(true);
        }
    }

    /// Pushes an entry. `rebase` runs after `outer` is set.
    #[inline]
    pub(crate) fn push<R>(
        &self,
        mut entry: Box<StackEntry>,
        rebase: impl FnOnce(&mut StackEntry) -> R,
    ) -> R {
        // `outer` is `None` here.
        forget(replace(&mut entry.outer, self.top.take()));
        let result = rebase(&mut entry);
        set_empty(&self.top, Some(entry));
        result
    }

    /// Removes the innermost entry if `is_target` is true for the entry.
    #[inline]
    pub(crate) fn pop_if(
        &self,
        is_target: impl FnOnce(&StackEntry) -> bool,
    ) -> Option<Box<StackEntry>> {
        match self.top.take() {
            Some(mut entry) if is_target(&entry) => {
                set_empty(&self.top, entry.outer.take());
                Some(entry)
            }
            other => {
                set_empty(&self.top, other);
                None
            }
        }
    }

    /// Recycles a list of removed entries, of which some may belong to spans.
    pub(crate) fn release(&self, removed: Option<Box<StackEntry>>) {
        let mut next = removed;
        while let Some(mut entry) = next {
            next = entry.outer.take();
            if let EntryKind::Span(span) = &entry.kind {
                self.forget_span(span.key);
            }
            if entry.exit_rule.belongs_to_task() {
                self.unclaim();
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

/// Counts a guard that is held across an `.await`, and warns about its call site once.
pub(crate) fn warn_about_guard(entry: &mut StackEntry, misuse: GuardMisuse) {
    let entered_at = entry
        .entered_at
        .take()
        .filter(|_| entry.exit_rule == ExitRule::Guard);
    if let Some(entered_at) = entered_at {
        stats::guard_across_await();
        misuse.warn(entered_at);
    }
}

/// Sets a cell that holds `None`. Forgetting the old value avoids its drop glue: see
/// [`stack`](crate::stack).
#[inline]
fn set_empty(cell: &Cell<Option<Box<StackEntry>>>, entry: Option<Box<StackEntry>>) {
    forget(cell.replace(entry));
}
