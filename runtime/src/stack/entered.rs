//! What has a beginning and an end in the structure of the program: closures, polls, drops. At
//! their end everything ends that was left open inside.

use std::fmt;
use std::mem::{forget, ManuallyDrop};
use std::ptr::NonNull;

use crate::stack::entry::{cover, entries, ExitRule, StackEntry};
use crate::stack::owner::current_task;
use crate::stack::pending::PendingEntry;
use crate::stack::thread_state::{local, warn_of_guard, GuardMisuse, ThreadState};

/// What a closure or a future makes current for as long as it runs; moved in and out, and cloned
/// by no poll.
pub(crate) struct ScopeSlot(
    /// Empty while it runs.
    Option<Box<StackEntry>>,
);

impl From<PendingEntry> for ScopeSlot {
    #[inline]
    fn from(held: PendingEntry) -> Self {
        Self(Some(begun(held, ExitRule::Poll)))
    }
}

#[inline]
fn begun(PendingEntry(mut entry): PendingEntry, kind: ExitRule) -> Box<StackEntry> {
    entry.begin(kind);
    entry
}

#[cold]
fn nothing() -> Box<StackEntry> {
    begun(PendingEntry::nothing(), ExitRule::Poll)
}

/// For a future that is made more than once; both go on at the same place.
impl Clone for ScopeSlot {
    fn clone(&self) -> Self {
        let twin = |entry: &StackEntry| entry.detached_clone(local(ThreadState::pooled).flatten());
        Self(self.0.as_deref().map(twin))
    }
}

/// Shows nothing of whom it names.
impl fmt::Debug for ScopeSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").finish_non_exhaustive()
    }
}

impl ThreadState {
    /// Ends the innermost entry that `is_it`, with whatever was left open inside.
    #[inline]
    fn end(&self, is_it: impl Fn(&StackEntry) -> bool) -> Option<Box<StackEntry>> {
        self.close_top(&is_it).or_else(|| self.end_buried(is_it))
    }

    /// Ends an entry on which others were left: those of the task that runs end with it, and those of
    /// other tasks stay.
    #[cold]
    fn end_buried(&self, is_it: impl Fn(&StackEntry) -> bool) -> Option<Box<StackEntry>> {
        let task = current_task();
        let (entry, mut fallen) = self.with_top(|top| {
            if !entries(top.as_deref()).any(&is_it) {
                return (None, None);
            }
            let (mut found, mut fallen, mut staying) = (None, None, None);
            while let Some(mut entry) = top.take() {
                *top = entry.outer.take();
                if is_it(&entry) {
                    found = Some(entry);
                    break;
                }
                let place = match entry.is_hidden_from(task) {
                    true => &mut staying,
                    false => &mut fallen,
                };
                entry.outer = place.take();
                *place = Some(entry);
            }
            self.note_hidden(staying.is_some());
            cover(top, staying);
            (found, fallen)
        });
        if entry
            .as_deref()
            .is_some_and(|ended| ended.exit_rule == ExitRule::Poll)
        {
            warn_of_guards(fallen.as_deref_mut());
        }
        self.release(fallen);
        entry
    }
}

/// A guard that is still there at the end of a poll is held across an `.await`.
fn warn_of_guards(mut fallen: Option<&mut StackEntry>) {
    while let Some(entry) = fallen {
        warn_of_guard(entry, GuardMisuse::EndOfPoll);
        fallen = entry.outer.as_deref_mut();
    }
}

impl ScopeSlot {
    /// Makes what is carried current until [`EnteredScope::end`]; what is left open inside ends with it.
    #[inline]
    pub(crate) fn enter(&mut self) -> EnteredScope<'_> {
        let mut place = NonNull::dangling();
        local(|local| {
            let entry = self.0.take().unwrap_or_else(nothing);
            place = NonNull::from(&*entry);
            local.open(entry);
        });
        EnteredScope {
            carried: self,
            place,
        }
    }

    /// Runs `f` with what is carried current; what is left open inside ends with it.
    #[inline]
    pub(crate) fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let running = self.enter();
        let result = f();
        running.end();
        result
    }

    #[inline]
    fn take_back(&mut self, place: NonNull<StackEntry>) {
        local(|local| {
            let entry = local.end(move |entry| NonNull::from(entry) == place);
            // Nobody else takes the entry, so it is there. What was carried before was taken out.
            forget(self.0.replace(entry.unwrap_or_else(nothing)));
        });
    }

    #[cold]
    #[inline(never)]
    fn take_back_late(&mut self, place: NonNull<StackEntry>) {
        self.take_back(place);
    }
}

/// What is carried while it is current.
pub(crate) struct EnteredScope<'a> {
    carried: &'a mut ScopeSlot,
    /// Where the entry is: nobody but this takes it out, so nothing else comes to be there. Nowhere
    /// while the thread is being torn down.
    place: NonNull<StackEntry>,
}

impl EnteredScope<'_> {
    /// Takes back what is carried.
    #[inline]
    pub(crate) fn end(self) {
        let mut this = ManuallyDrop::new(self);
        let place = this.place;
        this.carried.take_back(place);
    }

    /// Leaves what is carried to the thread's next scope.
    #[inline]
    pub(crate) fn end_for_good(self) {
        let place = ManuallyDrop::new(self).place;
        local(|local| {
            if let Some(entry) = local.end(move |entry| NonNull::from(entry) == place) {
                local.recycle(entry);
            }
        });
    }
}

/// Where a panic passes; apart from where none does, since that is what is polled again and again.
impl Drop for EnteredScope<'_> {
    #[inline]
    fn drop(&mut self) {
        self.carried.take_back_late(self.place);
    }
}

/// Runs a closure with that current, for the task that calls it.
#[inline]
pub(crate) fn run<R>(ready: PendingEntry, f: impl FnOnce() -> R) -> R {
    let running = Closure::begin(ready);
    let result = f();
    ManuallyDrop::new(running).end();
    result
}

/// A closure that runs in a scope.
struct Closure {
    /// Where the entry is, as in [`EnteredScope`].
    place: NonNull<StackEntry>,
}

impl Closure {
    #[inline]
    fn begin(ready: PendingEntry) -> Self {
        let mut place = NonNull::dangling();
        local(|local| {
            let mut entry = begun(ready, ExitRule::Closure);
            place = NonNull::from(&*entry);
            local.own(&mut entry);
            local.cover(entry, StackEntry::rebase);
        });
        Self { place }
    }

    #[inline]
    fn end(&self) {
        let place = self.place;
        local(|local| {
            if let Some(entry) = local.end(move |entry| NonNull::from(entry) == place) {
                local.disown();
                local.recycle(entry);
            }
        });
    }
}

/// Where a panic passes.
impl Drop for Closure {
    #[cold]
    fn drop(&mut self) {
        self.end();
    }
}

/// Makes what is carried current until [`close_after_drop`]: the two ends of a drop cannot hand
/// anything over.
pub(crate) fn open_for_drop(carried: &mut ScopeSlot) {
    local(|local| {
        if let Some(mut entry) = carried.0.take() {
            entry.exit_rule = ExitRule::Dropping;
            local.open(entry);
        }
    });
}

/// Ends the innermost of [`open_for_drop`].
pub(crate) fn close_after_drop() {
    local(|local| {
        if let Some(entry) = local.end(|entry| entry.exit_rule == ExitRule::Dropping) {
            local.recycle(entry);
        }
    });
}
