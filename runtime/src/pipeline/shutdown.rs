//! Flushing the sinks, and closing them at the end of the program.

use std::time::{Duration, Instant};

use crate::diagnostics::{stats, warnings};
use crate::pipeline::pipeline::Pipeline;
use crate::record::{FlushOutcome, RecordSink};
use crate::user_code::catch::catch;

/// Waits until every sink has made its records safe, at most `timeout` in total.
///
/// ```
/// use std::time::Duration;
///
/// assert!(whose::flush(Duration::from_secs(2)).is_complete());
/// ```
pub fn flush(timeout: Duration) -> FlushOutcome {
    warnings::flush_pending();
    let outcomes = each_sink(timeout, <dyn RecordSink>::flush);
    all(outcomes.iter().map(|(_, outcome)| *outcome))
}

/// Closes every sink: each sink makes its records safe, at most `timeout` in total, and takes no
/// more records.
///
/// Call `shutdown` at the end of the program, or keep a [`shutdown_guard`], which calls it.
///
/// ```
/// use std::time::Duration;
///
/// assert!(whose::shutdown(Duration::from_secs(2)).is_complete());
/// ```
pub fn shutdown(timeout: Duration) -> FlushOutcome {
    warnings::flush_pending();
    let outcomes = each_sink(timeout, <dyn RecordSink>::shutdown);
    all(outcomes.iter().map(|(_, outcome)| *outcome))
}

/// A guard that closes every sink of the process when it is dropped.
///
/// Bind the guard in `main`, so that the end of `main`, also by `?` or by a panic, loses no record.
/// A `tracing` subscriber that is set for the whole process is never dropped, and neither are its
/// sinks.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// fn main() {
///     let _shutdown = whose::shutdown_guard();
///     tracing_subscriber::registry().with(whose::layer()).init();
///     whose::user("alice").in_scope(|| tracing::info!("hello"));
/// }
/// ```
#[must_use = "the guard closes the sinks when it is dropped: bind it as `let _shutdown = ..`, not as `let _ = ..`"]
pub fn shutdown_guard() -> ShutdownGuard {
    ShutdownGuard {
        timeout: ShutdownGuard::TIMEOUT,
    }
}

/// Closes every sink when it is dropped; see [`shutdown_guard`].
///
/// A sink with records that are not safe, or were not taken, is reported on stderr by name.
#[derive(Debug)]
#[must_use = "the guard closes the sinks when it is dropped: bind it as `let _shutdown = ..`, not as `let _ = ..`"]
pub struct ShutdownGuard {
    timeout: Duration,
}

impl ShutdownGuard {
    /// The longest time that the drop waits by default: 10 seconds.
    /// [`with_timeout`](Self::with_timeout) sets another time.
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    /// Sets the longest time that the drop waits.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl Drop for ShutdownGuard {
    fn drop(&mut self) {
        warnings::flush_pending();
        for (name, outcome) in each_sink(self.timeout, <dyn RecordSink>::shutdown) {
            if !outcome.is_safe() {
                eprintln!("whose: sink {name}: not every record is safe at the end of the program");
            }
            if outcome.not_taken() > 0 {
                let records = outcome.not_taken();
                eprintln!("whose: sink {name}: {records} records were not taken");
            }
        }
    }
}

/// The outcome of `end` for each sink. A sink that panics has not made its records safe.
fn each_sink(
    timeout: Duration,
    end: impl Fn(&dyn RecordSink, Duration) -> FlushOutcome,
) -> Vec<(String, FlushOutcome)> {
    let begun = Instant::now();
    let end_one = |sink: &dyn RecordSink| {
        let left = timeout.saturating_sub(begun.elapsed());
        catch(|| (sink.name().to_owned(), end(sink, left))).unwrap_or_else(|| {
            stats::sink_panic();
            (String::from("that panicked"), FlushOutcome::UNSAFE)
        })
    };
    let sinks = Pipeline::all_sinks();
    sinks.iter().map(|sink| end_one(&**sink)).collect()
}

fn all(outcomes: impl Iterator<Item = FlushOutcome>) -> FlushOutcome {
    outcomes.fold(FlushOutcome::SAFE, FlushOutcome::and)
}
