//! Which task opened a guard, a closure or an entered span.
//!
//! A thread that drives several tasks polls them one after another on one stack of entries. A future
//! takes its entries off the stack after each poll; a guard that is held across an `.await`, and a
//! closure that drives a runtime, leave theirs there. Such an entry belongs to the task that opened it,
//! and is hidden from every other task.

/// A `tokio` task.
#[cfg(feature = "tokio")]
pub(crate) type Task = tokio::task::Id;

/// Without the feature `tokio` no task is known, so that no entry is hidden.
#[cfg(not(feature = "tokio"))]
pub(crate) type Task = std::convert::Infallible;

/// The task that runs on this thread; `None` outside of every task, also in the future that
/// `block_on` drives.
#[inline]
pub(crate) fn current_task() -> Option<Task> {
    #[cfg(feature = "tokio")]
    return tokio::task::try_id();
    #[cfg(not(feature = "tokio"))]
    None
}

/// Which entries on a thread's stack are looked at.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum View {
    /// All of them.
    #[default]
    Whole,
    /// Those that belong to no other task than this one.
    OfTask(Option<Task>),
}
