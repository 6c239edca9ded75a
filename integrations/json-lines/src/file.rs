//! The file that lines are written to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use tracing_appender::rolling::RollingFileAppender;

use crate::rotation::FileNames;

/// How often the writer checks that the path still names the file.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Where and how the files are written.
#[derive(Clone, Debug)]
pub(crate) struct FileOptions {
    pub(crate) folder: PathBuf,
    pub(crate) names: FileNames,
    /// The most files that are kept; 0 for all.
    pub(crate) max_files: usize,
    /// The mode of a new file, on Unix.
    pub(crate) mode: u32,
}

/// The current file. `tracing_appender` writes the file and begins a new one.
pub(crate) struct RotatingFile {
    options: FileOptions,
    appender: RollingFileAppender,
    path: PathBuf,
    checked: Instant,
    /// The file ends within a line, because a write failed or a process was killed.
    is_torn: bool,
    /// The earlier files with lines that are not yet on disk.
    unsynced: Vec<PathBuf>,
}

impl RotatingFile {
    pub(crate) fn open(options: FileOptions) -> Result<Self, (PathBuf, io::Error)> {
        let path = options.path_at(SystemTime::now());
        let (appender, is_torn) = options.open(&path).map_err(|error| (path.clone(), error))?;
        options.prune(&path);
        Ok(Self {
            options,
            appender,
            path,
            checked: Instant::now(),
            is_torn,
            unsynced: Vec::new(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file of the current time, where another one is open or the file is gone. Returns
    /// whether the current file was gone: the lines since the last check are lost with it.
    pub(crate) fn prepare(&mut self) -> io::Result<bool> {
        let path = self.options.path_at(SystemTime::now());
        let is_new = path != self.path;
        let is_due = self.checked.elapsed() >= CHECK_INTERVAL;
        if !is_new && !is_due {
            return Ok(false);
        }
        let is_gone = !self.path.exists();
        self.checked = Instant::now();
        if is_new || is_gone {
            let (appender, is_torn) = self.options.open(&path).inspect_err(|_| {
                // The next write checks again.
                self.checked = Instant::now()
                    .checked_sub(CHECK_INTERVAL)
                    .unwrap_or(self.checked);
            })?;
            (self.appender, self.is_torn) = (appender, is_torn);
            let earlier = std::mem::replace(&mut self.path, path);
            if is_new {
                self.unsynced.push(earlier);
                self.options.prune(&self.path);
            }
        }
        Ok(is_gone && !is_new)
    }

    /// Writes whole lines. An error returns how many bytes were written before.
    pub(crate) fn write(&mut self, lines: &[u8]) -> Result<(), (usize, io::Error)> {
        if self.is_torn {
            // Ends the torn line, so that the next line is whole.
            self.write_all(b"\n").map_err(|(_, error)| (0, error))?;
            self.is_torn = false;
        }
        self.write_all(lines).inspect_err(|(written, _)| {
            self.is_torn = *written > 0 && lines.get(written - 1) != Some(&b'\n');
        })
    }

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), (usize, io::Error)> {
        let mut written = 0;
        while written < bytes.len() {
            match self.appender.write(&bytes[written..]) {
                Ok(0) => return Err((written, io::ErrorKind::WriteZero.into())),
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((written, error)),
            }
        }
        Ok(())
    }

    /// Waits until every written line is on disk.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.appender.flush()?;
        while let Some(earlier) = self.unsynced.last() {
            match sync_path(earlier) {
                // An earlier file that is gone was pruned or collected.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => self.unsynced.pop(),
            };
        }
        sync_path(&self.path)
    }
}

fn sync_path(path: &Path) -> io::Result<()> {
    // `tracing_appender` keeps its file to itself. A sync by another handle covers the same file.
    OpenOptions::new().append(true).open(path)?.sync_data()
}

impl FileOptions {
    fn path_at(&self, time: SystemTime) -> PathBuf {
        self.folder.join(self.names.name_at(time))
    }

    /// Opens the file, and creates it with the mode of the options. Returns whether it ends within
    /// a line.
    fn open(&self, path: &Path) -> io::Result<(RollingFileAppender, bool)> {
        fs::create_dir_all(&self.folder)?;
        match self.create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let builder = RollingFileAppender::builder()
            .rotation(self.names.rotation.of_appender())
            .filename_prefix(&*self.names.prefix)
            .filename_suffix(&*self.names.suffix);
        let appender = builder.build(&self.folder).map_err(io::Error::other)?;
        Ok((appender, ends_within_line(path)))
    }

    fn create(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, self.mode);
        options.open(path).map(drop)
    }

    /// Deletes the oldest files past the most that are kept, and never the current one.
    ///
    /// `tracing_appender` would delete every file that begins with the prefix and ends with the
    /// suffix, also one of another program.
    fn prune(&self, current: &Path) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        if self.max_files == 0 {
            return;
        }
        let is_own = |entry: &fs::DirEntry| {
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            is_file
                && entry
                    .file_name()
                    .to_str()
                    .is_some_and(|name| self.names.is_own(name))
        };
        let mut old: Vec<_> = entries
            .flatten()
            .filter(is_own)
            .map(|entry| entry.path())
            .filter(|path| path != current)
            .collect();
        old.sort();
        let extra = (old.len() + 1).saturating_sub(self.max_files);
        for path in &old[..extra.min(old.len())] {
            // A file that another process has deleted is gone, and any other is tried again.
            let _ = fs::remove_file(path);
        }
    }
}

fn ends_within_line(path: &Path) -> bool {
    let last_byte = || -> io::Result<u8> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        Ok(last[0])
    };
    // An empty file has no last byte.
    last_byte().is_ok_and(|last| last != b'\n')
}
