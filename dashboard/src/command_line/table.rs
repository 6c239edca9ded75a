//! Tables that are printed page by page.

use std::io::{self, Write};

use whose_store::Usd;

use crate::command_line::table_layout::{Layout, Shortening};
use crate::values::{DASH, estimate, format_amounts};

/// The columns of a table.
pub(crate) struct Table<T> {
    columns: Vec<Column<T>>,
}

type Cells<T> = Box<dyn Fn(&[T]) -> Vec<String>>;

struct Column<T> {
    title: String,
    cells: Cells<T>,
    is_numeric: bool,
    shortening: Shortening,
    presence: Presence,
}

impl<T> Column<T> {
    fn shortened(&self, cells: Vec<String>, width: Option<usize>) -> Vec<String> {
        match width {
            None => cells,
            Some(width) => {
                let shorten = |cell: String| self.shortening.apply(&cell, width);
                cells.into_iter().map(shorten).collect()
            }
        }
    }
}

/// When a column is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Always,
    /// If a row has a value.
    UnlessEmpty,
    /// If rows have different values.
    UnlessSame,
    /// In a table of any width.
    IfWide,
}

impl<T: 'static> Table<T> {
    pub(crate) fn new() -> Self {
        Self {
            columns: Vec::new(),
        }
    }

    /// Adds a column of short texts.
    pub(crate) fn text(self, title: &str, cell: impl Fn(&T) -> String + 'static) -> Self {
        self.column(title, each(cell), false, Shortening::End(usize::MAX))
    }

    /// Adds a column of ids or paths. A narrow table keeps both ends.
    pub(crate) fn id(self, title: &str, cell: impl Fn(&T) -> String + 'static) -> Self {
        self.column(title, each(cell), false, Shortening::Middle(36))
    }

    /// Adds a column of texts. A narrow table truncates them.
    pub(crate) fn message(self, title: &str, cell: impl Fn(&T) -> String + 'static) -> Self {
        self.column(title, each(cell), false, Shortening::End(60))
    }

    /// Adds a column of texts that may take a line of their own in a narrow table.
    pub(crate) fn long_message(self, title: &str, cell: impl Fn(&T) -> String + 'static) -> Self {
        self.column(title, each(cell), false, Shortening::End(78))
    }

    /// Adds a column of numbers, aligned right.
    pub(crate) fn number(self, title: &str, cell: impl Fn(&T) -> String + 'static) -> Self {
        self.column(title, each(cell), true, Shortening::End(usize::MAX))
    }

    /// Adds a column of amounts with the same number of decimals. `is_estimated` states which
    /// amounts are estimates.
    pub(crate) fn amount(
        self,
        title: &str,
        cell: impl Fn(&T) -> Option<Usd> + 'static,
        is_estimated: impl Fn(&T) -> bool + 'static,
    ) -> Self {
        let cells = move |rows: &[T]| {
            let amounts = format_amounts(&rows.iter().map(&cell).collect::<Vec<_>>());
            let amounts = amounts.into_iter().zip(rows);
            amounts
                .map(|(amount, row)| estimate(amount, is_estimated(row)))
                .collect()
        };
        self.column(title, Box::new(cells), true, Shortening::End(usize::MAX))
    }

    /// Limits the last column to a width in a table of 80 columns.
    pub(crate) fn at_most(mut self, width: usize) -> Self {
        if let Some(column) = self.columns.last_mut() {
            column.shortening = column.shortening.at_most(width);
        }
        self
    }

    /// Omits the last column if it has no value in any row.
    pub(crate) fn unless_empty(self) -> Self {
        self.present(Presence::UnlessEmpty)
    }

    /// Omits the last column if it has the same value in every row.
    pub(crate) fn unless_same(self) -> Self {
        self.present(Presence::UnlessSame)
    }

    /// Omits the last column unless the table has any width.
    pub(crate) fn if_wide(self) -> Self {
        self.present(Presence::IfWide)
    }

    fn present(mut self, presence: Presence) -> Self {
        if let Some(column) = self.columns.last_mut() {
            column.presence = presence;
        }
        self
    }

    fn column(
        mut self,
        title: &str,
        cells: Cells<T>,
        is_numeric: bool,
        shortening: Shortening,
    ) -> Self {
        self.columns.push(Column {
            title: title.to_owned(),
            cells,
            is_numeric,
            shortening,
            presence: Presence::Always,
        });
        self
    }
}

fn each<T: 'static>(cell: impl Fn(&T) -> String + 'static) -> Cells<T> {
    Box::new(move |rows| rows.iter().map(&cell).collect())
}

/// Prints a table page by page. The first page determines the widths. A page that does not fit
/// prints another header.
pub(crate) struct TablePrinter<T> {
    table: Table<T>,
    /// The width in columns; `None` for any width, without truncation.
    width: Option<usize>,
    layout: Option<Layout>,
    /// The value of each column in all rows so far; `None` if rows differ or there was none.
    same: Vec<Option<String>>,
    is_first: bool,
}

impl<T: 'static> TablePrinter<T> {
    pub(crate) fn new(mut table: Table<T>, width: Option<usize>) -> Self {
        let same = table.columns.iter().map(|_| None).collect();
        // A title can contain the key of a tag.
        if let Some(width) = width {
            for column in &mut table.columns {
                column.title = column.shortening.apply(&column.title, width);
            }
        }
        Self {
            table,
            width,
            layout: None,
            same,
            is_first: true,
        }
    }

    pub(crate) fn page(&mut self, rows: &[T], out: &mut dyn Write) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut cells: Vec<Vec<String>> = Vec::new();
        let mut is_shown = Vec::new();
        for (column, same) in self.table.columns.iter().zip(&mut self.same) {
            let column_cells = (column.cells)(rows);
            let first = column_cells.first().filter(|first| {
                column_cells.iter().all(|cell| cell == *first)
                    && (self.is_first || same.as_ref() == Some(first))
            });
            let is_same = first.is_some();
            *same = first.cloned();
            let is_empty = column_cells.iter().all(|cell| cell == DASH || cell == "0");
            is_shown.push(match column.presence {
                Presence::Always => true,
                Presence::UnlessEmpty => !is_empty,
                Presence::UnlessSame => !is_same,
                Presence::IfWide => self.width.is_none(),
            });
            cells.push(column.shortened(column_cells, self.width));
        }
        self.is_first = false;
        let fits = |layout: &Layout| layout.fits(&is_shown, &cells);
        let layout = match self.layout.take().filter(fits) {
            Some(layout) => layout,
            None => {
                let titles = self
                    .table
                    .columns
                    .iter()
                    .map(|column| column.title.as_str());
                let layout =
                    Layout::new(&titles.collect::<Vec<_>>(), &is_shown, &cells, self.width);
                layout.write(
                    out,
                    |column| &self.table.columns[column].title,
                    self.numeric(),
                )?;
                layout
            }
        };
        for (row, _) in rows.iter().enumerate() {
            layout.write(out, |column| &cells[column][row], self.numeric())?;
        }
        self.layout = Some(layout);
        Ok(())
    }

    fn numeric(&self) -> impl Fn(usize) -> bool {
        |column| self.table.columns[column].is_numeric
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = [&'static str; 3];

    fn table() -> Table<Row> {
        Table::new()
            .id("user", |row: &Row| row[0].to_owned())
            .number("unpriced", |row: &Row| row[1].to_owned())
            .unless_empty()
            .number("tokens", |row: &Row| row[2].to_owned())
    }

    fn printed(table: Table<Row>, pages: &[&[Row]], width: Option<usize>) -> Vec<String> {
        let (mut printer, mut out) = (TablePrinter::new(table, width), Vec::new());
        for page in pages {
            printer.page(page, &mut out).unwrap();
        }
        let text = String::from_utf8(out).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn columns_align_and_empty_ones_are_omitted() {
        let rows: &[Row] = &[["alice", "0", "1"], ["日本", "-", "1,000"]];
        let expected = ["user   tokens", "alice       1", "日本    1,000"];
        assert_eq!(printed(table(), &[rows], None), expected);
        assert_eq!(printed(table(), &[rows], Some(80)), expected);
    }

    #[test]
    fn page_prints_header_only_if_layout_changes() {
        let pages: [&[Row]; 3] = [
            &[["alice", "0", "1"]],
            &[["bob", "0", "2"]],
            &[["carol", "3", "4"]],
        ];
        assert_eq!(
            printed(table(), &pages, None),
            [
                "user   tokens",
                "alice       1",
                "bob         2",
                "user   unpriced  tokens",
                "carol         3       4"
            ]
        );
    }

    #[test]
    fn uniform_column_is_omitted_until_it_differs() {
        let table = || {
            Table::new()
                .text("what", |row: &Row| row[0].to_owned())
                .text("service", |row: &Row| row[1].to_owned())
                .unless_same()
        };
        let (one, other): (&[Row], &[Row]) = (&[["a", "desk", ""]], &[["b", "shop", ""]]);
        assert_eq!(printed(table(), &[one, one], None), ["what", "a", "a"]);
        assert_eq!(
            printed(table(), &[one, other], None),
            ["what", "a", "what  service", "b     shop"]
        );
    }

    #[test]
    fn narrow_table_folds_within_width() {
        let id = "0123456789abcdef0123456789abcdef0123456789abcdef";
        let rows: &[Row] = &[[id, "7", "1,000"]];
        assert_eq!(
            printed(table(), &[rows], Some(44)),
            [
                "user",
                "  unpriced  tokens",
                "0123456789abcdef01…ef0123456789abcdef",
                "         7   1,000"
            ]
            .map(|line| line.replace("01…ef0123456789abcdef", "01…f0123456789abcdef"))
        );
        assert!(printed(table(), &[rows], None)[1].starts_with(id));
    }
}
