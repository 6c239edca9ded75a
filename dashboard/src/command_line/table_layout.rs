//! Arranging the columns of a table on lines.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::command_line::format::{shorten_end, shorten_middle};

/// The space between two columns.
const GAP: usize = 2;
/// The indent of the second and later lines of a row.
const INDENT: usize = 2;
/// The width that the limits of [`Shortening`] refer to. A wider table shows more.
const REFERENCE_WIDTH: usize = 80;

/// How a cell that is wider than a number of columns is shortened, in a table of 80 columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortening {
    /// Keeps the beginning.
    End(usize),
    /// Keeps both ends.
    Middle(usize),
}

impl Shortening {
    /// The same with another limit.
    pub(crate) fn at_most(self, width: usize) -> Self {
        match self {
            Self::End(_) => Self::End(width),
            Self::Middle(_) => Self::Middle(width),
        }
    }

    /// Shortens a cell for a table of that width, so that the cell fits a line.
    pub(crate) fn apply(self, cell: &str, width: usize) -> String {
        let room = |max: usize| {
            let max = max.saturating_mul(width.max(REFERENCE_WIDTH)) / REFERENCE_WIDTH;
            max.min(width - INDENT)
        };
        match self {
            Self::End(max) => shorten_end(cell, room(max)),
            Self::Middle(max) => shorten_middle(cell, room(max)),
        }
    }
}

/// The printed columns by line. A row that is too wide continues on the next line.
#[derive(Debug)]
pub(crate) struct Layout {
    lines: Vec<Vec<ColumnSlot>>,
}

#[derive(Debug)]
struct ColumnSlot {
    column: usize,
    width: usize,
}

impl Layout {
    /// Arranges the columns on as few lines as the width allows.
    pub(crate) fn new(
        titles: &[&str],
        is_shown: &[bool],
        cells: &[Vec<String>],
        width: Option<usize>,
    ) -> Self {
        let mut lines: Vec<Vec<ColumnSlot>> = vec![Vec::new()];
        let mut used = 0;
        for (column, title) in titles
            .iter()
            .enumerate()
            .filter(|(column, _)| is_shown[*column])
        {
            let widths = cells[column].iter().map(|cell| cell.width());
            let needed = widths.max().unwrap_or_default().max(title.width());
            if used > 0 && width.is_some_and(|width| used + GAP + needed > width) {
                lines.push(Vec::new());
                used = 0;
            }
            let before = if used > 0 {
                used + GAP
            } else if lines.len() > 1 {
                INDENT
            } else {
                0
            };
            used = before + needed;
            if let Some(line) = lines.last_mut() {
                line.push(ColumnSlot {
                    column,
                    width: needed,
                });
            }
        }
        Self { lines }
    }

    /// Whether the cells of another page fit.
    pub(crate) fn fits(&self, is_shown: &[bool], cells: &[Vec<String>]) -> bool {
        let slot = |column: usize| {
            let mut slots = self.lines.iter().flatten();
            slots.find(|slot| slot.column == column)
        };
        let mut columns = (0..cells.len()).filter(|column| is_shown[*column]);
        columns.all(|column| {
            let fits =
                |slot: &ColumnSlot| cells[column].iter().all(|cell| cell.width() <= slot.width);
            slot(column).is_some_and(fits)
        })
    }

    /// Writes one row.
    pub(crate) fn write<'a>(
        &self,
        out: &mut dyn Write,
        cell: impl Fn(usize) -> &'a String,
        is_numeric: impl Fn(usize) -> bool,
    ) -> io::Result<()> {
        for (number, slots) in self.lines.iter().enumerate() {
            let mut line = " ".repeat(if number > 0 { INDENT } else { 0 });
            for (index, slot) in slots.iter().enumerate() {
                let text = cell(slot.column);
                let padding = " ".repeat(slot.width.saturating_sub(text.width()));
                if index > 0 {
                    line.push_str(&" ".repeat(GAP));
                }
                match is_numeric(slot.column) {
                    true => line.extend([padding.as_str(), text]),
                    false => line.extend([text, padding.as_str()]),
                }
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
