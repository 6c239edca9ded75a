//! Aligned columns.

use std::fmt;

use comfy_table::{CellAlignment, ContentArrangement};

use crate::text::NONE;

/// A table with what is to be said below it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    columns: Vec<Column>,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Column {
    title: String,
    cells: Vec<String>,
    numeric: bool,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a column of texts.
    pub(crate) fn texts(self, title: &str, cells: impl IntoIterator<Item = String>) -> Self {
        self.column(title, cells, false)
    }

    /// Adds a column of numbers, which end below each other.
    pub(crate) fn numbers(self, title: &str, cells: impl IntoIterator<Item = String>) -> Self {
        self.column(title, cells, true)
    }

    /// Leaves the last column out if it says nothing in any row.
    pub(crate) fn unless_empty(mut self) -> Self {
        let empty =
            |column: &mut Column| column.cells.iter().all(|cell| cell == NONE || cell == "0");
        self.columns.pop_if(empty);
        self
    }

    /// Adds a line below the table.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    fn column(
        mut self,
        title: &str,
        cells: impl IntoIterator<Item = String>,
        numeric: bool,
    ) -> Self {
        let cells = cells.into_iter().collect();
        self.columns.push(Column {
            title: title.to_owned(),
            cells,
            numeric,
        });
        self
    }

    fn table(&self) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        // No frame: what is copied out of a cell, or cut by another program, is the value alone.
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(
            self.columns
                .iter()
                .map(|column| &column.title)
                .collect::<Vec<_>>(),
        );
        let rows = self.columns.first().map_or(0, |column| column.cells.len());
        for row in 0..rows {
            table.add_row(
                self.columns
                    .iter()
                    .map(|column| &column.cells[row])
                    .collect::<Vec<_>>(),
            );
        }
        for (index, column) in self.columns.iter().enumerate() {
            if let Some(shown) = table.column_mut(index) {
                shown.set_padding((0, 2));
                if column.numeric {
                    shown.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        table
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self
            .columns
            .first()
            .is_some_and(|column| !column.cells.is_empty())
        {
            for line in self.table().lines() {
                writeln!(f, "{}", line.trim_end())?;
            }
            if !self.notes.is_empty() {
                writeln!(f)?;
            }
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "{note}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_empty_ones_can_be_left_out() {
        let cells = |cells: [&str; 2]| cells.map(String::from);
        let report = Report::new()
            .texts("user", cells(["alice", "日本"]))
            .numbers("unpriced", cells(["0", "-"]))
            .unless_empty()
            .numbers("tokens", cells(["1", "1,000"]))
            .note("2 users");
        let lines = [
            "user   tokens",
            "alice       1",
            "日本    1,000",
            "",
            "2 users",
            "",
        ];
        assert_eq!(report.to_string(), lines.join("\n"));
    }

    #[test]
    fn a_table_without_rows_is_its_notes() {
        let report = Report::new().texts("user", []).note("no users");
        assert_eq!(report.to_string(), "no users\n");
    }
}
