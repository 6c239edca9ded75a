//! The atomics of the modules without locks: those of the standard library, or of loom in a model.
//!
//! A model (`cargo xtask loom`) runs every order in which threads can interleave, with every stale
//! value that an ordering allows a thread to read. `cargo test` without `--cfg whose_loom` and every other build
//! use the standard library.

#[cfg(not(all(test, whose_loom)))]
pub(crate) use std::sync::{atomic, OnceLock};

#[cfg(all(test, whose_loom))]
pub(crate) use self::model::OnceLock;
#[cfg(all(test, whose_loom))]
pub(crate) use loom::sync::atomic;

#[cfg(all(test, whose_loom))]
mod model {
    use std::sync::PoisonError;

    use loom::sync::atomic::{AtomicBool, Ordering};
    use loom::sync::Mutex;

    /// A model of `OnceLock`, which loom lacks, with the guarantees that the standard library states.
    pub(crate) struct OnceLock<T> {
        is_set: AtomicBool,
        setting: Mutex<()>,
        value: std::sync::OnceLock<T>,
    }

    impl<T> Default for OnceLock<T> {
        fn default() -> Self {
            Self {
                is_set: AtomicBool::new(false),
                setting: Mutex::new(()),
                value: std::sync::OnceLock::new(),
            }
        }
    }

    impl<T> OnceLock<T> {
        pub(crate) fn get(&self) -> Option<&T> {
            let is_set = self.is_set.load(Ordering::Acquire);
            is_set.then(|| self.value.get()).flatten()
        }

        pub(crate) fn set(&self, value: T) -> Result<(), T> {
            let setting = self.setting.lock();
            let _setting = setting.unwrap_or_else(PoisonError::into_inner);
            self.value.set(value)?;
            self.is_set.store(true, Ordering::Release);
            Ok(())
        }

        pub(crate) fn take(&mut self) -> Option<T> {
            self.value.take()
        }
    }
}
