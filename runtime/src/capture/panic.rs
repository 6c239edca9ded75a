//! Records panics as errors.

use std::backtrace::Backtrace;
use std::panic::{self, Location, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender, SyncSender, TryRecvError};
use std::sync::{Arc, Once, OnceLock};
use std::thread;
use std::time::{Duration, SystemTime};

use tracing::{dispatcher, Dispatch, Id, Level};

use crate::capture::attribute::resolved;
use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::{stats, Limits};
use crate::error::backtrace::backtrace_text;
use crate::error::fingerprint_of;
use crate::frame::{RecordObserver, ScopeData};
use crate::layer::{self, ErrorLocation};
use crate::model::flag::Flag;
use crate::model::{Attribution, Breadcrumb, Source};
use crate::record::{ErrorDetails, Record, RecordType, Status};
use crate::user_code::catch::{catch, is_catching};
use crate::util::intern::interned_file;
use crate::util::{clock, CallSite};
use crate::{pipeline, resolve};

/// How long a panicking thread waits until its panic is recorded.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(2);

/// Installs a panic hook that records every panic of the process as an error.
///
/// The record has the error type `panic`, the message and the place of the panic, and the user, the
/// session and the tags that are current on the thread or in the task. The hook then calls the hook
/// that was installed before. A second call has no effect.
///
/// The hook does not record panics that the crate itself catches: panics of a sink, of a hook, or
/// of a value that is printed. [`stats`](crate::stats()) counts them.
///
/// ```
/// whose::panic::install();
/// let rec = whose::testing::Recorder::start();
///
/// let result = std::panic::catch_unwind(|| {
///     whose::user("alice").in_scope(|| panic!("no such page: {}", 404));
/// });
/// assert!(result.is_err());
/// let panic = &rec.errors()[0];
/// assert_eq!(panic.error_type(), Some("panic"));
/// assert_eq!(panic.message(), Some("no such page: 404"));
/// assert_eq!(panic.user_id(), Some("alice"));
/// ```
///
/// # How a panic is delivered
/// A second panic inside a panic hook aborts the process, so the hook runs no code of the
/// application. A thread, which `install` starts, delivers the records to the sinks.
///
/// The panicking thread waits for the delivery, for at most two seconds. While a sink blocks the
/// delivery thread, further panics wait in a queue of 64, and their threads continue at once. A
/// panic that does not fit into the queue is counted in [`Stats::unrecorded_panics`](crate::Stats).
/// Where a panic ends the process, the sinks are flushed as well.
/// well.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        start_delivery();
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !is_catching() {
                dispatcher::get_default(|dispatch| record(dispatch, info));
            }
            before(info);
        }));
    });
}

/// A panic that is to be delivered to the sinks.
struct Panic {
    dispatch: Dispatch,
    span: Option<Id>,
    message: Box<str>,
    call_site: Option<CallSite>,
    thread: Option<String>,
    time: SystemTime,
    attribution: Attribution,
    observers: Vec<RecordObserver>,
    breadcrumbs: Vec<Arc<Breadcrumb>>,
    flags: Vec<Arc<Flag>>,
    backtrace: Option<Backtrace>,
}

fn record(dispatch: &Dispatch, info: &PanicHookInfo<'_>) {
    // Do not ask the current dispatcher: it may be locked by the code that panicked.
    let found = layer::known_core_of(dispatch).map(|core| {
        let (attribution, observers) = resolved(&ScopeData::empty(Source::Explicit));
        (!core.pipeline().is_idle() || !observers.is_empty()).then(|| Panic {
            dispatch: dispatch.clone(),
            span: dispatch.current_span().id().cloned(),
            message: truncate_bytes(message(info), Limits::FIELD_BYTES).into(),
            call_site: info.location().map(site),
            thread: thread::current().name().map(String::from),
            time: clock::now(),
            attribution,
            observers,
            breadcrumbs: resolve::breadcrumbs_at(None),
            flags: resolve::flags_at(None),
            backtrace: core.pipeline().backtraces().take(),
        })
    });
    if let Some(found) = found.flatten() {
        hand_over(found);
    }
}

/// A panic that waits for the delivery thread. The sender is dropped when the panic is delivered.
type Waiting = (Panic, Sender<()>);

/// The queue of the delivery thread.
static QUEUE: OnceLock<SyncSender<Waiting>> = OnceLock::new();
/// The maximum number of panics that wait while a sink blocks. Further panics are counted and not
/// recorded.
const QUEUED: usize = 64;
/// Whether a panicking thread stopped waiting, and nothing was delivered since.
static IS_STALLED: AtomicBool = AtomicBool::new(false);

/// Starts the one thread that delivers all panics, so that a blocking sink blocks one thread, and
/// not one for each panic.
fn start_delivery() {
    let (queue, waiting) = mpsc::sync_channel::<Waiting>(QUEUED);
    let deliver = move || {
        for (panic, done) in waiting {
            // This panic is not a panic of the application.
            let _ = catch(|| panic.deliver());
            IS_STALLED.store(false, Ordering::Relaxed);
            drop(done);
        }
    };
    let thread = thread::Builder::new().name("whose-panic".into());
    if thread.spawn(deliver).is_ok() {
        let _ = QUEUE.set(queue);
    }
}

fn hand_over(panic: Panic) {
    let (done, wait) = mpsc::channel();
    let is_queued = QUEUE
        .get()
        .is_some_and(|queue| queue.try_send((panic, done)).is_ok());
    if !is_queued {
        stats::unrecorded_panic();
    } else if !IS_STALLED.load(Ordering::Relaxed) {
        // Wait for a limited time: a sink may wait for something that this thread holds. Wait once
        // for all panics that meet the same blocking sink.
        if wait.recv_timeout(DELIVERY_TIMEOUT) == Err(RecvTimeoutError::Timeout) {
            IS_STALLED.store(true, Ordering::Relaxed);
            // The delivery may have finished before the flag was set.
            if wait.try_recv() == Err(TryRecvError::Disconnected) {
                IS_STALLED.store(false, Ordering::Relaxed);
            }
        }
    }
}

impl Panic {
    fn deliver(self) {
        // A layer that was being replaced during the panic is not accessible any more.
        let core = catch(|| layer::core_of(&self.dispatch)).flatten();
        if let Some(core) = core.or_else(|| layer::known_core_of(&self.dispatch)) {
            // Resolve here and not in the hook. The span may be locked during the panic; then the
            // panicking thread would wait for itself and poison the span.
            let here = || {
                let around = layer::nearest(&self.dispatch, &core, self.span.as_ref());
                core.spans().error_location(around)
            };
            let ErrorLocation { place, path } = catch(here).unwrap_or_default();
            let mut details = ErrorDetails {
                error_type: Some("panic".into()),
                path,
                backtrace: self.backtrace.as_ref().map(backtrace_text),
                flags: self.flags,
                ..ErrorDetails::default()
            };
            details.fingerprint = Some(fingerprint_of(&self.message, &details));
            let thread = self.thread.map(|name| ("thread.name", name.into()));
            let record = Record {
                name: "panic",
                level: Level::ERROR,
                call_site: self.call_site,
                message: self.message.into(),
                error: Some(Box::new(details)),
                status: Status::Error,
                attribution: self.attribution,
                breadcrumbs: self.breadcrumbs,
                fields: thread.into_iter().collect(),
                ..Record::empty(RecordType::Error, self.time, place)
            };
            core.pipeline().deliver(&mut record.into(), &self.observers);
        }
        if cfg!(panic = "abort") {
            pipeline::flush(DELIVERY_TIMEOUT);
        }
    }
}

fn message<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = info.payload();
    match (
        payload.downcast_ref::<&'static str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "a panic without a message",
    }
}

/// The call site. Leaks the file name, because a hook receives a borrowed one.
fn site(location: &Location<'_>) -> CallSite {
    CallSite {
        file: interned_file(location.file()),
        line: location.line(),
    }
}
