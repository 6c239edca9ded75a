//! How the columns of a table are put on lines.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::text::{shorten_end, shorten_middle};

/// What stands between two columns.
const GAP: usize = 2;
/// How far a line that goes on with a row is moved in.
const INDENT: usize = 2;
/// The width that shortenings are given for; a wider table shows more.
const USUAL: usize = 80;

/// How a cell that is wider than that many columns is shortened in a table of 80 columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortening {
    /// Shows its beginning.
    End(usize),
    /// Shows both of its ends.
    Middle(usize),
}

impl Shortening {
    /// The cell in a table of that width, in which every cell fits a line.
    pub(crate) fn apply(self, cell: &str, width: usize) -> String {
        let room = |most: usize| {
            let most = most.saturating_mul(width.max(USUAL)) / USUAL;
            most.min(width - INDENT)
        };
        match self {
            Self::End(most) => shorten_end(cell, room(most)),
            Self::Middle(most) => shorten_middle(cell, room(most)),
        }
    }
}

/// The columns that are shown, line by line: a row that is too wide for one line goes on below it.
#[derive(Debug)]
pub(crate) struct Layout {
    lines: Vec<Vec<Place>>,
}

#[derive(Debug)]
struct Place {
    column: usize,
    width: usize,
}

impl Layout {
    /// Puts the columns on as few lines as a width has room for.
    pub(crate) fn of(
        titles: &[&str],
        is_shown: &[bool],
        cells: &[Vec<String>],
        width: Option<usize>,
    ) -> Self {
        let mut lines: Vec<Vec<Place>> = vec![Vec::new()];
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
                line.push(Place {
                    column,
                    width: needed,
                });
            }
        }
        Self { lines }
    }

    /// Whether the cells of another page have room.
    pub(crate) fn fits(&self, is_shown: &[bool], cells: &[Vec<String>]) -> bool {
        let place = |column: usize| {
            let mut places = self.lines.iter().flatten();
            places.find(|place| place.column == column)
        };
        let mut columns = (0..cells.len()).filter(|column| is_shown[*column]);
        columns.all(|column| {
            let fits = |place: &Place| cells[column].iter().all(|cell| cell.width() <= place.width);
            place(column).is_some_and(fits)
        })
    }

    /// Writes one row.
    pub(crate) fn write<'a>(
        &self,
        out: &mut dyn Write,
        cell: impl Fn(usize) -> &'a String,
        is_numeric: impl Fn(usize) -> bool,
    ) -> io::Result<()> {
        for (number, places) in self.lines.iter().enumerate() {
            let mut line = " ".repeat(if number > 0 { INDENT } else { 0 });
            for (index, place) in places.iter().enumerate() {
                let text = cell(place.column);
                let padding = " ".repeat(place.width.saturating_sub(text.width()));
                if index > 0 {
                    line.push_str(&" ".repeat(GAP));
                }
                match is_numeric(place.column) {
                    true => line.extend([padding.as_str(), text]),
                    false => line.extend([text, padding.as_str()]),
                }
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
