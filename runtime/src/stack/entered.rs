//! Enters and exits closures, polls and drops. The exit removes every entry that was left open inside.

use std::fmt;
use std::mem::{forget, ManuallyDrop};
use std::ptr::NonNull;

use crate::stack::entry::{entries, push_all, ExitRule, StackEntry};
use crate::stack::owner::current_task;
use crate::stack::pending::PendingEntry;
use crate::stack::thread_state::{local, warn_about_guard, GuardMisuse, ThreadState};

/// The entry of a future. Each poll moves the entry to the stack of the thread and back.
pub(crate) struct ScopeSlot(
    /// `None` while the entry is on the stack.
    Option<Box<StackEntry>>,
);

impl From<PendingEntry> for ScopeSlot {
    #[inline]
    fn from(pending: PendingEntry) -> Self {
        Self(Some(prepared(pending, ExitRule::Poll)))
    }
}

#[inline]
fn prepared(PendingEntry(mut entry): PendingEntry, exit_rule: ExitRule) -> Box<StackEntry> {
    entry.prepare(exit_rule);
    entry
}

#[cold]
fn empty_entry() -> Box<StackEntry> {
    prepared(PendingEntry::empty(), ExitRule::Poll)
}

/// For a future that is cloned. The clone keeps the stack id, because the frame is the same.
impl Clone for ScopeSlot {
    fn clone(&self) -> Self {
        let clone_entry =
            |entry: &StackEntry| entry.detached_clone(local(ThreadState::pooled).flatten());
        Self(self.0.as_deref().map(clone_entry))
    }
}

/// Shows no fields: a slot can hold personal data.
impl fmt::Debug for ScopeSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeSlot").finish_non_exhaustive()
    }
}

impl ThreadState {
    /// Removes the innermost entry for which `is_target` is true, and the entries that were left open
    /// inside.
    #[inline]
    fn pop_with_inner(&self, is_target: impl Fn(&StackEntry) -> bool) -> Option<Box<StackEntry>> {
        self.pop_if(&is_target)
            .or_else(|| self.pop_buried(is_target))
    }

    /// Removes an entry that is not the innermost. The entries inside that the running task sees are
    /// removed too; entries of other tasks stay.
    #[cold]
    fn pop_buried(&self, is_target: impl Fn(&StackEntry) -> bool) -> Option<Box<StackEntry>> {
        let task = current_task();
        let (entry, mut removed) = self.with_top(|top| {
            if !entries(top.as_deref()).any(&is_target) {
                return (None, None);
            }
            let (mut found, mut removed, mut kept) = (None, None, None);
            while let Some(mut entry) = top.take() {
                *top = entry.outer.take();
                if is_target(&entry) {
                    found = Some(entry);
                    break;
                }
                let list = match entry.is_hidden_from(task) {
                    true => &mut kept,
                    false => &mut removed,
                };
                entry.outer = list.take();
                *list = Some(entry);
            }
            self.note_hidden(kept.is_some());
            push_all(top, kept);
            (found, removed)
        });
        if entry
            .as_deref()
            .is_some_and(|entry| entry.exit_rule == ExitRule::Poll)
        {
            warn_about_guards(removed.as_deref_mut());
        }
        self.release(removed);
        entry
    }
}

/// Warns about guards that are open at the end of a poll: they are held across an `.await`.
fn warn_about_guards(mut removed: Option<&mut StackEntry>) {
    while let Some(entry) = removed {
        warn_about_guard(entry, GuardMisuse::EndOfPoll);
        removed = entry.outer.as_deref_mut();
    }
}

impl ScopeSlot {
    /// Makes the entry current until [`EnteredScope::exit`].
    #[inline]
    pub(crate) fn enter(&mut self) -> EnteredScope<'_> {
        let mut entry_ptr = NonNull::dangling();
        local(|local| {
            let entry = self.0.take().unwrap_or_else(empty_entry);
            entry_ptr = NonNull::from(&*entry);
            local.push_below_guards(entry);
        });
        EnteredScope {
            slot: self,
            entry: entry_ptr,
        }
    }

    /// Runs `f` inside the entry.
    #[inline]
    pub(crate) fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let entered = self.enter();
        let result = f();
        entered.exit();
        result
    }

    #[inline]
    fn restore(&mut self, entry_ptr: NonNull<StackEntry>) {
        local(|local| {
            let entry = local.pop_with_inner(move |entry| NonNull::from(entry) == entry_ptr);
            // Only the exit removes the entry, so the entry is on the stack. `enter` emptied the slot.
            forget(self.0.replace(entry.unwrap_or_else(empty_entry)));
        });
    }

    #[cold]
    #[inline(never)]
    fn restore_on_unwind(&mut self, entry_ptr: NonNull<StackEntry>) {
        self.restore(entry_ptr);
    }
}

/// A [`ScopeSlot`] whose entry is on the stack.
pub(crate) struct EnteredScope<'a> {
    slot: &'a mut ScopeSlot,
    /// The address of the entry, compared and never dereferenced. Dangling while the thread is being
    /// torn down.
    entry: NonNull<StackEntry>,
}

impl EnteredScope<'_> {
    /// Exits the scope and moves the entry back to the slot.
    #[inline]
    pub(crate) fn exit(self) {
        let mut this = ManuallyDrop::new(self);
        let entry_ptr = this.entry;
        this.slot.restore(entry_ptr);
    }

    /// Exits the scope of a future that is finished, and recycles the entry.
    #[inline]
    pub(crate) fn exit_and_recycle(self) {
        let entry_ptr = ManuallyDrop::new(self).entry;
        local(|local| {
            if let Some(entry) =
                local.pop_with_inner(move |entry| NonNull::from(entry) == entry_ptr)
            {
                local.recycle(entry);
            }
        });
    }
}

/// Runs only in a panic. The path is apart from [`EnteredScope::exit`], so that the hot path stays
/// small.
impl Drop for EnteredScope<'_> {
    #[inline]
    fn drop(&mut self) {
        self.slot.restore_on_unwind(self.entry);
    }
}

/// Runs a closure inside the pending entry. The entry belongs to the running task.
#[inline]
pub(crate) fn run<R>(pending: PendingEntry, f: impl FnOnce() -> R) -> R {
    let entered = Closure::enter(pending);
    let result = f();
    ManuallyDrop::new(entered).exit();
    result
}

/// The entry of a closure that runs.
struct Closure {
    /// As in [`EnteredScope`].
    entry: NonNull<StackEntry>,
}

impl Closure {
    #[inline]
    fn enter(pending: PendingEntry) -> Self {
        let mut entry_ptr = NonNull::dangling();
        local(|local| {
            let mut entry = prepared(pending, ExitRule::Closure);
            entry_ptr = NonNull::from(&*entry);
            local.claim(&mut entry);
            local.push(entry, StackEntry::rebase);
        });
        Self { entry: entry_ptr }
    }

    #[inline]
    fn exit(&self) {
        let entry_ptr = self.entry;
        local(|local| {
            if let Some(entry) =
                local.pop_with_inner(move |entry| NonNull::from(entry) == entry_ptr)
            {
                local.unclaim();
                local.recycle(entry);
            }
        });
    }
}

/// Runs only in a panic.
impl Drop for Closure {
    #[cold]
    fn drop(&mut self) {
        self.exit();
    }
}

/// Makes the entry of the slot current until [`exit_after_drop`], which finds the entry by its exit
/// rule: drop glue cannot pass state from one function to the other.
pub(crate) fn enter_for_drop(slot: &mut ScopeSlot) {
    local(|local| {
        if let Some(mut entry) = slot.0.take() {
            entry.exit_rule = ExitRule::Dropping;
            local.push_below_guards(entry);
        }
    });
}

/// Exits the innermost entry of [`enter_for_drop`].
pub(crate) fn exit_after_drop() {
    local(|local| {
        if let Some(entry) = local.pop_with_inner(|entry| entry.exit_rule == ExitRule::Dropping) {
            local.recycle(entry);
        }
    });
}
