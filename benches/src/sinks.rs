//! Where our records go in the pipelines.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;
use whose::{Record, RecordSink};

/// A sink that counts.
#[derive(Default)]
pub struct Count(pub AtomicU64);

impl RecordSink for Count {
    fn record(&self, record: &Arc<Record>) {
        black_box(record);
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A sink that writes a line of JSON for each record.
pub struct JsonLines {
    file: Mutex<BufWriter<File>>,
    written: AtomicU64,
}

/// What a line says.
#[derive(Serialize)]
struct Line<'a> {
    start: u128,
    duration: Option<u128>,
    name: &'a str,
    target: &'a str,
    level: &'a str,
    user: Option<&'a str>,
    session: Option<&'a str>,
    message: Option<&'a str>,
    trace_id: Option<String>,
    span_id: Option<String>,
    parent_id: Option<String>,
}

impl JsonLines {
    /// A sink that writes to that file, which it empties.
    ///
    /// # Errors
    /// Where the file cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: Mutex::new(BufWriter::with_capacity(1 << 16, File::create(path)?)),
            written: AtomicU64::new(0),
        })
    }

    /// How many lines were written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    fn file(&self) -> MutexGuard<'_, BufWriter<File>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, record: &Record) -> io::Result<()> {
        let since = record.start().duration_since(UNIX_EPOCH);
        let line = Line {
            start: since.unwrap_or_default().as_nanos(),
            duration: record.duration().map(|duration| duration.as_nanos()),
            name: record.name(),
            target: record.target(),
            level: record.level().as_str(),
            user: record.user_id(),
            session: record.session_id(),
            message: record.message(),
            trace_id: record.trace_id().map(|id| id.to_string()),
            span_id: record.span_id().map(|id| id.to_string()),
            parent_id: record.parent_id().map(|id| id.to_string()),
        };
        let mut line = serde_json::to_vec(&line)?;
        line.push(b'\n');
        self.file().write_all(&line)
    }
}

impl RecordSink for JsonLines {
    fn record(&self, record: &Arc<Record>) {
        // What could not be written is missed where lines are counted.
        if self.write(record).is_ok() {
            self.written.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn flush(&self, _timeout: Duration) -> bool {
        self.file().flush().is_ok()
    }
}
