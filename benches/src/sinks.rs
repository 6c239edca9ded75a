//! The sinks that receive the records of `whose`.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use whose::{FlushOutcome, Record, RecordSink};

/// A sink that counts records and drops them.
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

impl JsonLines {
    /// Creates the file at `path`, or truncates it, and returns a sink that writes to it.
    ///
    /// # Errors
    /// Returns an error if the file cannot be created.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: Mutex::new(BufWriter::with_capacity(1 << 16, File::create(path)?)),
            written: AtomicU64::new(0),
        })
    }

    /// Returns the number of lines written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    fn file(&self) -> MutexGuard<'_, BufWriter<File>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.file().write_all(&line)
    }
}

impl RecordSink for JsonLines {
    fn record(&self, record: &Arc<Record>) {
        // A line that could not be written is not counted as delivered.
        if self.write(record).is_ok() {
            self.written.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn flush(&self, _timeout: Duration) -> FlushOutcome {
        match self.file().flush() {
            Ok(()) => FlushOutcome::SAFE,
            Err(_) => FlushOutcome::UNSAFE,
        }
    }
}
