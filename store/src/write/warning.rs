//! Warnings that are limited to one a minute.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use whose::Record;

use super::queue::Queue;
use crate::stderr::warn;

/// How long the first warning collects dropped records.
const COLLECT_TIME: Duration = Duration::from_secs(1);
/// The shortest time between two warnings of one kind.
const WARN_INTERVAL: Duration = Duration::from_secs(60);

/// Warns about dropped records, at most once a minute, until the writer has ended.
///
/// Runs on its own thread: the disk can block the writer, and stderr must not block a thread of the
/// application.
pub(crate) fn warn_about_drops(queue: &Queue<Arc<Record>>, path: &Path) {
    while let Some(report) = queue.next_drop_report(COLLECT_TIME) {
        warn(
            path,
            &format!("{} records were dropped: {}", report.records, report.reason),
        );
        queue.wait_until_ended(WARN_INTERVAL);
    }
}

/// A warning that is printed at most once a minute.
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
