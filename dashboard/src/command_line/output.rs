//! The output stream and its width.

use std::io::{self, BufWriter, IsTerminal, Write};

/// The bytes that are written line by line, so that the first rows appear at once.
const LINE_BUFFERED_BYTES: usize = 1 << 14;

/// A buffered writer that writes the first lines at once.
pub(crate) struct Output<W: Write> {
    inner: BufWriter<W>,
    written: usize,
}

impl<W: Write> Output<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner: BufWriter::with_capacity(1 << 16, inner),
            written: 0,
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.written = self.written.saturating_add(written);
        if self.written < LINE_BUFFERED_BYTES && bytes[..written].ends_with(b"\n") {
            self.inner.flush()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The width without a terminal and without `COLUMNS`.
const DEFAULT_WIDTH: usize = 80;
/// The least width of a table. Narrower terminals wrap lines.
const MIN_WIDTH: usize = 40;

/// The width of a table in columns: `COLUMNS`, else the width of the terminal, else 80.
pub(crate) fn table_width() -> usize {
    let configured = std::env::var("COLUMNS").ok();
    let configured = configured.and_then(|columns| columns.trim().parse().ok());
    let of_terminal = || {
        let stdout = io::stdout();
        let size = stdout
            .is_terminal()
            .then(|| terminal_size::terminal_size_of(&stdout));
        size.flatten().map(|(width, _)| usize::from(width.0))
    };
    configured
        .or_else(of_terminal)
        .unwrap_or(DEFAULT_WIDTH)
        .max(MIN_WIDTH)
}
