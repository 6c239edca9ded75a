use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use whose::{FlushOutcome, Record, RecordSink};

use crate::error::OpenError;
use crate::queue::Queue;
use crate::writer::Writer;

/// How long dropping the last handle waits for a file that cannot be written.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// A [`RecordSink`] that writes each record as one line of JSON to files that rotate.
///
/// A thread of its own writes the lines, so that no thread of the application waits for the disk.
/// A clone is another handle of the same sink. Dropping the last handle, or a
/// [`shutdown`](RecordSink::shutdown), writes the queued lines.
///
/// # Losses
/// A queue that is full drops records. A write that fails is tried again until the queue is full or
/// the sink is shut down. [`dropped`](RecordSink::dropped) counts the lost records, and so does
/// [`whose::sinks`]. The sink prints a warning on stderr, at most one a minute of each kind.
///
/// ```
/// use std::time::Duration;
/// use whose::RecordSink;
/// use whose_json_lines::{JsonLines, Rotation};
///
/// # let folder = tempfile::tempdir()?;
/// let lines = JsonLines::builder(folder.path())
///     .rotation(Rotation::Hourly)
///     .prefix("shop")
///     .max_files(48)
///     .open()?;
/// # let _layer = whose::layer().with_sink(lines.clone());
/// assert!(lines.flush(Duration::from_secs(5)).is_complete());
/// assert_eq!(lines.dropped(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct JsonLines(Arc<Inner>);

struct Inner {
    queue: Arc<Queue>,
    folder: PathBuf,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl JsonLines {
    pub(crate) fn start(
        folder: PathBuf,
        queue: Arc<Queue>,
        writer: Writer,
    ) -> Result<Self, OpenError> {
        let thread = thread::Builder::new().name("whose-json-lines".into());
        let thread = thread.spawn(move || writer.run());
        let thread = Mutex::new(Some(thread.map_err(OpenError::SpawnThread)?));
        Ok(Self(Arc::new(Inner {
            queue,
            folder,
            thread,
        })))
    }

    /// The folder of the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }
}

impl RecordSink for JsonLines {
    fn record(&self, record: &Arc<Record>) {
        self.0.queue.push(Arc::clone(record));
    }

    /// Waits until every accepted record is on disk and survives a loss of power.
    ///
    /// The outcome is unsafe after a timeout, where a write fails, and if a record was lost to a
    /// failed write since the last flush. It counts the records that a full queue dropped.
    fn flush(&self, timeout: Duration) -> FlushOutcome {
        self.0.queue.flush(timeout)
    }

    /// Writes the queued records, and ends the sink.
    fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        self.0.queue.shutdown(timeout)
    }

    /// Records that the full queue dropped, and records that could not be written.
    fn dropped(&self) -> u64 {
        let (refused, failed) = self.0.queue.lost();
        refused + failed
    }

    fn name(&self) -> &str {
        "json-lines"
    }
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines")
            .field("folder", &self.0.folder)
            .field("dropped", &self.dropped())
            .finish()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close(DROP_TIMEOUT);
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // The writer has reported its end, also after a panic.
            let _ = thread.join();
        }
    }
}
