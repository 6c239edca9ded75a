use std::path::{self, Path};
use std::sync::Arc;

use crate::error::OpenError;
use crate::file::{FileOptions, RotatingFile};
use crate::queue::Queue;
use crate::rotation::{FileNames, Rotation};
use crate::sink::JsonLines;
use crate::writer::Writer;

/// The default of [`JsonLinesBuilder::max_queued_records`].
const QUEUED_RECORDS: usize = 65_536;
/// The default of [`JsonLinesBuilder::max_queued_bytes`].
const QUEUED_BYTES: usize = 64 << 20;

impl JsonLines {
    /// Writes lines to a new file each day, with the default prefix `whose` and suffix `jsonl`.
    ///
    /// The folder is created if there is none. Use [`builder`](Self::builder) to change the
    /// defaults.
    ///
    /// # Errors
    /// Those of [`JsonLinesBuilder::open`].
    pub fn daily(folder: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::builder(folder).open()
    }

    /// Returns a builder for files in `folder`.
    pub fn builder(folder: impl AsRef<Path>) -> JsonLinesBuilder {
        let folder = folder.as_ref();
        JsonLinesBuilder {
            file: FileOptions {
                // The program may change its current folder later.
                folder: path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf()),
                names: FileNames {
                    rotation: Rotation::default(),
                    prefix: String::from("whose"),
                    suffix: String::from("jsonl"),
                },
                max_files: 0,
                mode: 0o600,
            },
            queued_records: QUEUED_RECORDS,
            queued_bytes: QUEUED_BYTES,
        }
    }
}

/// Configures and opens a [`JsonLines`].
///
/// ```
/// use whose_json_lines::{JsonLines, Rotation};
///
/// # let folder = tempfile::tempdir()?;
/// let lines = JsonLines::builder(folder.path()).rotation(Rotation::Never).open()?;
/// assert!(folder.path().join("whose.jsonl").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "the sink is opened by `.open()`"]
pub struct JsonLinesBuilder {
    file: FileOptions,
    queued_records: usize,
    queued_bytes: usize,
}

impl JsonLinesBuilder {
    /// Sets when a new file begins: each day by default, in UTC.
    pub fn rotation(mut self, rotation: Rotation) -> Self {
        self.file.names.rotation = rotation;
        self
    }

    /// Sets the beginning of the names of the files: `whose` by default. An empty prefix is left
    /// out.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.file.names.prefix = prefix.into();
        self
    }

    /// Sets the end of the names of the files: `jsonl` by default, without the dot. An empty suffix
    /// is left out.
    pub fn suffix(mut self, suffix: impl Into<String>) -> Self {
        self.file.names.suffix = suffix.into();
        self
    }

    /// Sets how many files are kept, the current one included. By default, and with 0, all are.
    ///
    /// Where a new file begins, the oldest files of the same prefix, suffix and rotation are
    /// deleted. With [`Rotation::Never`] there is one file, and nothing is deleted.
    pub fn max_files(mut self, files: usize) -> Self {
        self.file.max_files = files;
        self
    }

    /// Sets the mode of new files, on Unix: `0o600` by default, because records are personal data.
    /// Set `0o640` where a log shipper of the same group reads them.
    pub fn file_mode(mut self, mode: u32) -> Self {
        self.file.mode = mode;
        self
    }

    /// Sets the most records that wait in memory: 65,536 by default, at least one.
    pub fn max_queued_records(mut self, records: usize) -> Self {
        self.queued_records = records;
        self
    }

    /// Sets the most bytes of records that wait or are being written: 64 MiB by default. The size
    /// of a record is [`Record::memory_size`](whose::Record::memory_size).
    pub fn max_queued_bytes(mut self, bytes: usize) -> Self {
        self.queued_bytes = bytes;
        self
    }

    /// Opens the current file, and starts the thread that writes.
    ///
    /// # Errors
    /// [`OpenError::InvalidName`], [`OpenError::Unwritable`] if the folder or the file cannot be
    /// created, and [`OpenError::SpawnThread`].
    pub fn open(self) -> Result<JsonLines, OpenError> {
        self.check_names()?;
        let folder = self.file.folder.clone();
        let file = RotatingFile::open(self.file)
            .map_err(|(path, source)| OpenError::Unwritable { path, source })?;
        let queue = Arc::new(Queue::new(self.queued_records, self.queued_bytes));
        let writer = Writer::new(Arc::clone(&queue), file);
        JsonLines::start(folder, queue, writer)
    }

    fn check_names(&self) -> Result<(), OpenError> {
        let FileNames {
            rotation,
            prefix,
            suffix,
        } = &self.file.names;
        let is_invalid = |name: &str| name.contains(['/', '\\']) || name.contains(char::is_control);
        let is_nameless = *rotation == Rotation::Never && prefix.is_empty();
        match [prefix, suffix].into_iter().find(|name| is_invalid(name)) {
            Some(name) => Err(OpenError::InvalidName { name: name.clone() }),
            // The name would be that of the folder, or a suffix alone.
            None if is_nameless => Err(OpenError::InvalidName {
                name: String::new(),
            }),
            None => Ok(()),
        }
    }
}
