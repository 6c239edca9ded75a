//! Printing the rows of a query as a table or as JSON.

use std::io::{self, Write};

use serde::Serialize;
use whose_store::{LostRecords, RecordRow, Remaining, Rows, StoreError};

use crate::api::write_json;
use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;
use crate::command_line::output::{self, Output};
use crate::command_line::row_array::{BeforeRow, RowArray};
use crate::command_line::table::{Table, TablePrinter};
use crate::command_line::views;
use crate::command_line::wrap::wrap;

/// The rows of one page of a table.
const PAGE: usize = 100;
/// The indent of the second and later lines of a note, beyond the indent of the note.
const NOTE_INDENT: usize = 2;

/// Prints rows, and the notes below them, in the format of the options.
pub(crate) struct Printer<'a> {
    options: &'a Options,
    losses: Vec<LostRecords>,
    out: Output<io::StdoutLock<'static>>,
}

/// The rows that were printed.
pub(crate) struct PrintedRows<T> {
    pub(crate) rows: u64,
    pub(crate) last: Option<T>,
    /// The rows past the limit.
    pub(crate) more: Remaining,
}

impl<'a> Printer<'a> {
    /// Prints to `out`, with `losses` below each table.
    pub(crate) fn new(
        options: &'a Options,
        losses: Vec<LostRecords>,
        out: Output<io::StdoutLock<'static>>,
    ) -> Self {
        Self {
            options,
            losses,
            out,
        }
    }

    /// The width of tables and notes, unless `--wide` removes the limit.
    pub(crate) fn width(&self) -> Option<usize> {
        (!self.options.wide).then(output::table_width)
    }

    /// The output, for a command that prints neither a table nor a JSON array.
    pub(crate) fn out(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    pub(crate) fn flush(&mut self) -> Result<(), CommandError> {
        Ok(self.out.flush()?)
    }

    pub(crate) fn print_text(&mut self, text: &str) -> Result<(), CommandError> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Prints the rows as JSON or as a table. Returns `None` after JSON, which has no notes.
    pub(crate) fn print_rows<T: Serialize + 'static>(
        &mut self,
        rows: Rows<'_, T>,
        table: Table<T>,
    ) -> Result<Option<PrintedRows<T>>, CommandError> {
        self.print_rows_after(rows, table, |_| Ok(()))
    }

    /// As [`print_rows`](Self::print_rows), with a call of `before` for each row before the row is printed.
    pub(crate) fn print_rows_after<T: Serialize + 'static>(
        &mut self,
        mut rows: Rows<'_, T>,
        table: Table<T>,
        mut before: impl FnMut(&T) -> Result<(), CommandError>,
    ) -> Result<Option<PrintedRows<T>>, CommandError> {
        if self.options.json {
            self.print_json_after(rows, &mut before)?;
            return Ok(None);
        }
        let (count, last) = self.print_table(&mut rows, table, before)?;
        self.flush()?;
        let more = rows.remaining()?;
        Ok(Some(PrintedRows {
            rows: count,
            last,
            more,
        }))
    }

    /// Prints the rows up to the limit, and passes all rows to `visit`.
    pub(crate) fn print_first<T: 'static>(
        &mut self,
        mut rows: Rows<'_, T>,
        table: Table<T>,
        mut visit: impl FnMut(&T),
    ) -> Result<PrintedRows<T>, CommandError> {
        let limit = match self.options.limit {
            0 => usize::MAX,
            limit => limit,
        };
        let first = rows.by_ref().take(limit);
        let (count, last) = self.print_table(first, table, |row| {
            visit(row);
            Ok(())
        })?;
        let mut more = 0;
        for row in rows {
            visit(&row?);
            more += 1;
        }
        Ok(PrintedRows {
            rows: count,
            last,
            more: Remaining::from(more),
        })
    }

    /// Prints a table page by page. Calls `before` with each row before the row is printed. Returns the
    /// number of rows and the last one.
    pub(crate) fn print_table<T: 'static>(
        &mut self,
        rows: impl Iterator<Item = Result<T, StoreError>>,
        table: Table<T>,
        mut before: impl FnMut(&T) -> Result<(), CommandError>,
    ) -> Result<(u64, Option<T>), CommandError> {
        let mut printer = TablePrinter::new(table, self.width());
        let (mut page, mut count, mut last) = (Vec::with_capacity(PAGE), 0, None);
        for row in rows {
            let row = row?;
            before(&row)?;
            count += 1;
            page.push(row);
            if page.len() == PAGE {
                printer.page(&page, &mut self.out)?;
                last = page.pop();
                page.clear();
            }
        }
        printer.page(&page, &mut self.out)?;
        Ok((count, page.pop().or(last)))
    }

    /// Prints the rows as a JSON array.
    pub(crate) fn print_json<T: Serialize>(
        &mut self,
        rows: Rows<'_, T>,
    ) -> Result<(), CommandError> {
        self.print_json_after(rows, &mut |_| Ok(()))
    }

    fn print_json_after<T: Serialize>(
        &mut self,
        mut rows: Rows<'_, T>,
        before: BeforeRow<'_, T>,
    ) -> Result<(), CommandError> {
        let array = RowArray::new(&mut rows, before);
        self.print_json_value(&array, || array.error())?;
        self.warn_about_more(&rows.remaining()?)
    }

    /// Prints the rows as the JSON array `rows` of an object, which also has the fields of `sums`.
    pub(crate) fn print_json_report<T: Serialize>(
        &mut self,
        mut rows: Rows<'_, T>,
        sums: impl Serialize,
    ) -> Result<(), CommandError> {
        #[derive(Serialize)]
        struct Report<R, S> {
            rows: R,
            #[serde(flatten)]
            sums: S,
        }
        let mut before = |_: &T| Ok(());
        let array = RowArray::new(&mut rows, &mut before);
        let report = Report { rows: &array, sums };
        self.print_json_value(&report, || array.error())?;
        self.warn_about_more(&rows.remaining()?)
    }

    /// Warns on stderr that rows follow, so that stdout stays a JSON array.
    pub(crate) fn warn_about_more(&mut self, more: &Remaining) -> Result<(), CommandError> {
        self.flush()?;
        if more.count > 0 {
            eprintln!("whose: … {more} more: --limit 0 prints all");
        }
        Ok(())
    }

    /// Prints the notes and losses below a table.
    pub(crate) fn print_notes<T>(
        &mut self,
        notes: Vec<String>,
        printed: &PrintedRows<T>,
    ) -> Result<(), CommandError> {
        if printed.rows > 0 {
            writeln!(self.out)?;
        }
        let width = self.width().unwrap_or(usize::MAX);
        for line in notes.into_iter().chain(views::losses(&self.losses)) {
            let indent = line.len() - line.trim_start_matches(' ').len() + NOTE_INDENT;
            writeln!(self.out, "{}", wrap(&line, width, indent))?;
        }
        if printed.more.count > 0 {
            writeln!(self.out, "… {} more: --limit 0 prints all", printed.more)?;
        }
        Ok(())
    }

    /// Prints a value as JSON. `error` returns the error that ended the value early.
    pub(crate) fn print_json_value(
        &mut self,
        value: &impl Serialize,
        error: impl FnOnce() -> Option<CommandError>,
    ) -> Result<(), CommandError> {
        let written = write_json(&mut self.out, value);
        match error() {
            Some(error) => Err(error),
            None => Ok(written.map_err(io::Error::from)?),
        }
    }
}

/// The option that prints the next page, if there is one.
pub(crate) fn next_page_hint(printed: &PrintedRows<RecordRow>) -> Option<String> {
    let last = printed.last.as_ref().filter(|_| printed.more.count > 0)?;
    Some(format!("next page: --before {}", last.id))
}
