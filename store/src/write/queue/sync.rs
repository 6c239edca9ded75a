//! The mutex and the condition variables of a queue: the standard library's, or loom's in the models
//! (`cargo xtask loom`).

#[cfg(all(test, whose_loom))]
pub(super) use self::model::Condvar;
#[cfg(all(test, whose_loom))]
pub(super) use loom::sync::{Mutex, MutexGuard};
#[cfg(not(all(test, whose_loom)))]
pub(super) use std::sync::{Condvar, Mutex, MutexGuard};

#[cfg(all(test, whose_loom))]
mod model {
    use std::sync::LockResult;
    use std::time::Duration;

    use loom::sync::MutexGuard;

    /// Waits at least this long never end in a model: a thread that nobody wakes is a deadlock, and
    /// the model fails. Shorter waits are over at once.
    const NEVER_OVER: Duration = Duration::from_secs(60 * 60);

    /// `Condvar` with the methods that loom's lacks.
    pub(in crate::write::queue) struct Condvar(loom::sync::Condvar);

    impl Condvar {
        pub(in crate::write::queue) fn new() -> Self {
            Self(loom::sync::Condvar::new())
        }

        pub(in crate::write::queue) fn notify_one(&self) {
            self.0.notify_one();
        }

        pub(in crate::write::queue) fn notify_all(&self) {
            self.0.notify_all();
        }

        pub(in crate::write::queue) fn wait_while<'a, T>(
            &self,
            mut guard: MutexGuard<'a, T>,
            mut condition: impl FnMut(&mut T) -> bool,
        ) -> LockResult<MutexGuard<'a, T>> {
            while condition(&mut guard) {
                guard = self.0.wait(guard)?;
            }
            Ok(guard)
        }

        pub(in crate::write::queue) fn wait_timeout<'a, T>(
            &self,
            guard: MutexGuard<'a, T>,
            time: Duration,
        ) -> LockResult<(MutexGuard<'a, T>, ())> {
            let guard = if time >= NEVER_OVER {
                self.0.wait(guard)
            } else {
                Ok(guard)
            };
            guard
                .map(|guard| (guard, ()))
                .map_err(|_| unreachable!("loom does not poison"))
        }

        pub(in crate::write::queue) fn wait_timeout_while<'a, T>(
            &self,
            guard: MutexGuard<'a, T>,
            time: Duration,
            condition: impl FnMut(&mut T) -> bool,
        ) -> LockResult<(MutexGuard<'a, T>, ())> {
            let guard = if time >= NEVER_OVER {
                self.wait_while(guard, condition)
            } else {
                Ok(guard)
            };
            guard
                .map(|guard| (guard, ()))
                .map_err(|_| unreachable!("loom does not poison"))
        }
    }
}
