//! A future that is one run of a monitored job.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use pin_project_lite::pin_project;

use crate::capture::monitor_run::{Job, MonitorRun};

pin_project! {
    /// A future that is one run of a monitored job. `failure_of` returns why the run has failed.
    #[must_use = "futures do nothing unless polled"]
    pub struct Monitored<F, G> {
        // Dropped before the run, so that the run ends last.
        #[pin]
        future: F,
        run: RunState,
        failure_of: G,
    }
}

#[derive(Debug)]
enum RunState {
    Waiting(Job),
    Running(MonitorRun),
    Ended,
}

impl RunState {
    fn start(&mut self) {
        if let Self::Waiting(job) = self {
            *self = Self::Running(MonitorRun::start(job.clone()));
        }
    }

    fn end(&mut self, failure: Option<String>) {
        if let Self::Running(run) = std::mem::replace(self, Self::Ended) {
            run.end_with(failure);
        }
    }
}

/// Records a panic of the job while the thread still panics: code that catches the panic may drop the
/// future later.
struct PanicWatch<'a> {
    run: &'a mut RunState,
    was_panicking: bool,
}

impl Drop for PanicWatch<'_> {
    fn drop(&mut self) {
        if !self.was_panicking && thread::panicking() {
            if let RunState::Running(run) = self.run {
                run.abandon();
            }
        }
    }
}

impl<F, G> Monitored<F, G>
where
    F: Future,
    G: Fn(&F::Output) -> Option<String>,
{
    /// A run that starts at the first poll.
    pub(super) fn waiting(job: Job, future: F, failure_of: G) -> Self {
        Self {
            future,
            run: RunState::Waiting(job),
            failure_of,
        }
    }

    /// A run that has started.
    pub(crate) fn running(run: MonitorRun, future: F, failure_of: G) -> Self {
        Self {
            future,
            run: RunState::Running(run),
            failure_of,
        }
    }
}

impl<F, G> Future for Monitored<F, G>
where
    F: Future,
    G: Fn(&F::Output) -> Option<String>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.run.start();
        let watch = PanicWatch {
            was_panicking: thread::panicking(),
            run: this.run,
        };
        let polled = this.future.poll(cx);
        if let Poll::Ready(output) = &polled {
            watch.run.end((this.failure_of)(output));
        }
        polled
    }
}
