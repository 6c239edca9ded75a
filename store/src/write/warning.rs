//! Warnings that are seen without asking.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use whose::Record;

use super::queue::Queue;

/// How long the first warning waits, so that it names more than one record.
const COLLECT_TIME: Duration = Duration::from_secs(1);
/// How long no second warning of one kind follows a first one.
const WARN_INTERVAL: Duration = Duration::from_secs(60);

/// Warns of dropped records until the writer has ended, at most once a minute.
///
/// On a thread of its own: the writer can be held up by the disk, and a thread of the application
/// must not wait for stderr.
pub(crate) fn warn_about_drops(queue: &Queue<Arc<Record>>, path: &Path) {
    while let Some(report) = queue.next_drop_report(COLLECT_TIME) {
        warn(
            path,
            &format!("{} records were dropped: {}", report.records, report.reason),
        );
        queue.wait_until_ended(WARN_INTERVAL);
    }
}

/// Prints a warning about the store in that file.
///
/// Not through `tracing`: that would make records, and a program without a log layer would not show
/// them.
pub(crate) fn warn(path: &Path, message: &str) {
    eprintln!("whose-store: {path:?}: {message}");
}

/// One kind of warning, given at most once a minute.
#[derive(Default)]
pub(super) struct LimitedWarning {
    last: Option<Instant>,
}

impl LimitedWarning {
    pub(super) fn warn(&mut self, path: &Path, message: &str) {
        if self.last.is_none_or(|last| last.elapsed() >= WARN_INTERVAL) {
            self.last = Some(Instant::now());
            warn(path, message);
        }
    }
}
