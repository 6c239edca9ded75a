//! Which task opened a guard, a closure or an entered span.
//!
//! A guard that is held across an `.await`, and a closure that drives a runtime, leave their entries on
//! the stack while other tasks run on the thread.

/// A `tokio` task.
#[cfg(feature = "tokio")]
pub(crate) type Task = tokio::task::Id;

/// Without the feature `tokio` there are no tasks, and no entry is hidden.
#[cfg(not(feature = "tokio"))]
pub(crate) type Task = std::convert::Infallible;

/// The task that runs on this thread. `None` outside every task, and in the future that `block_on`
/// drives.
#[inline]
pub(crate) fn current_task() -> Option<Task> {
    #[cfg(feature = "tokio")]
    return tokio::task::try_id();
    #[cfg(not(feature = "tokio"))]
    None
}

/// Which entries of a thread's stack a reader sees.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum View {
    /// All entries.
    #[default]
    Whole,
    /// The entries that belong to no task or to this task.
    OfTask(Option<Task>),
}
