//! The attribute `monitor`.

use std::any::type_name;
use std::fmt;
use std::future::Future;

use crate::capture::{MonitorOutput, MonitorRun, Monitored};
use crate::user_code::print::print;

/// Ends the run of a function that cannot fail: as `ok` when it returns, and as failed in a panic.
#[derive(Debug)]
pub struct RunGuard {
    run: Option<MonitorRun>,
    was_panicking: bool,
}

/// Wraps a run that has started.
pub fn run_guard(run: MonitorRun) -> RunGuard {
    RunGuard {
        run: Some(run),
        was_panicking: std::thread::panicking(),
    }
}

impl Drop for RunGuard {
    fn drop(&mut self) {
        let is_panic = std::thread::panicking() && !self.was_panicking;
        // In a panic, the drop of the run records the failure.
        if let Some(run) = self.run.take().filter(|_| !is_panic) {
            run.ok();
        }
    }
}

/// Ends the run of a function that has returned.
pub fn end_run(run: MonitorRun, failure: Option<String>) {
    match failure {
        Some(error) => run.failed(error),
        None => run.ok(),
    }
}

/// Makes one run from the future of a function.
pub fn monitored<F, G>(run: MonitorRun, job: F, failure_of: G) -> Monitored<F, G>
where
    F: Future,
    G: Fn(&F::Output) -> Option<String>,
{
    Monitored::running(run, job, failure_of)
}

/// Why the run of a function that cannot fail has failed: never.
pub fn no_failure<T: ?Sized>(_: &T) -> Option<String> {
    None
}

/// Selects why a run has failed by the type of the output: `(&&&&RunProbe(&output)).failure()` uses the
/// first implementation below whose bounds hold (autoref specialisation).
pub struct RunProbe<'a, T: ?Sized>(pub &'a T);

/// An implementation of [`RunProbe`].
pub trait RunFailure {
    /// Why the run has failed.
    fn failure(&self) -> Option<String>;
}

impl<T, E: fmt::Display> RunFailure for &&&RunProbe<'_, Result<T, E>> {
    fn failure(&self) -> Option<String> {
        MonitorOutput::failure(self.0)
    }
}

impl<T, E: fmt::Debug> RunFailure for &&RunProbe<'_, Result<T, E>> {
    fn failure(&self) -> Option<String> {
        let error = self.0.as_ref().err()?;
        Some(print(format_args!("{error:?}")))
    }
}

/// An error that cannot be printed.
impl<T, E> RunFailure for &RunProbe<'_, Result<T, E>> {
    fn failure(&self) -> Option<String> {
        self.0.as_ref().err().map(|_| type_name::<E>().to_owned())
    }
}

/// An output that is no `Result`.
impl<T: ?Sized> RunFailure for RunProbe<'_, T> {
    fn failure(&self) -> Option<String> {
        None
    }
}
