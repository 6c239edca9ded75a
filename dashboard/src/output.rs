//! Where answers are written to, and how wide that is.

use std::io::{self, BufWriter, IsTerminal, Write};

/// So many bytes are written line by line, so that the first rows are seen at once.
const EAGER: usize = 1 << 14;

/// Buffers what is written, but for the beginning.
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
        if self.written < EAGER && bytes[..written].ends_with(b"\n") {
            self.inner.flush()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Where there is no terminal, and nothing says how wide it is.
const WIDTH: usize = 80;
/// A narrower terminal wraps lines: no table fits it.
const LEAST: usize = 40;

/// How many columns a table may have: those that `COLUMNS` says, else those of the terminal, else
/// 80.
pub(crate) fn width() -> usize {
    let set = std::env::var("COLUMNS").ok();
    let set = set.and_then(|columns| columns.trim().parse().ok());
    let of_terminal = || {
        let stdout = io::stdout();
        let size = stdout
            .is_terminal()
            .then(|| terminal_size::terminal_size_of(&stdout));
        size.flatten().map(|(width, _)| usize::from(width.0))
    };
    set.or_else(of_terminal).unwrap_or(WIDTH).max(LEAST)
}
