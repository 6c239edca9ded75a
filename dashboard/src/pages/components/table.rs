//! A table: one definition for the page and the CSV file.

use maud::{Markup, html};

use super::value::Value;
use crate::export::CsvTable;
use crate::pages::view::PageContext;

/// The columns of a table of `T`.
pub(in crate::pages) struct Table<T> {
    caption: &'static str,
    columns: Vec<Column<T>>,
    /// Whether columns without any value are shown.
    has_all_columns: bool,
}

struct Column<T> {
    title: String,
    /// The value of the parameter `sort` that orders the rows by this column.
    sort: Option<&'static str>,
    /// Whether the page leaves out the column.
    is_in_csv_only: bool,
    value: Box<dyn Fn(&T) -> Value>,
}

impl<T> Table<T> {
    /// A table without columns. The caption says what the rows are, for screen readers.
    pub(in crate::pages) fn new(caption: &'static str) -> Self {
        Self {
            caption,
            columns: Vec::new(),
            has_all_columns: false,
        }
    }

    /// Adds a column.
    #[must_use]
    pub(in crate::pages) fn column(
        mut self,
        title: impl Into<String>,
        value: impl Fn(&T) -> Value + 'static,
    ) -> Self {
        self.columns.push(Column {
            title: title.into(),
            sort: None,
            is_in_csv_only: false,
            value: Box::new(value),
        });
        self
    }

    /// Lets the reader order the rows by the last column: its title links to the page with that
    /// value of `sort`.
    #[must_use]
    pub(in crate::pages) fn sorted_by(mut self, sort: &'static str) -> Self {
        if let Some(column) = self.columns.last_mut() {
            column.sort = Some(sort);
        }
        self
    }

    /// Leaves the last column out of the page, which has no room for it.
    #[must_use]
    pub(in crate::pages) fn in_csv_only(mut self) -> Self {
        if let Some(column) = self.columns.last_mut() {
            column.is_in_csv_only = true;
        }
        self
    }

    /// Shows every column, for a table that gets rows later.
    #[must_use]
    pub(in crate::pages) fn with_all_columns(mut self) -> Self {
        self.has_all_columns = true;
        self
    }

    /// The rows alone, for a table that is in the page already.
    pub(in crate::pages) fn html_rows(&self, rows: &[T]) -> Markup {
        html! {
            @for row in rows {
                tr {
                    @for value in self.values(row) {
                        td.number[value.is_numeric()] { (value.html()) }
                    }
                }
            }
        }
    }

    /// The table in a page. Columns without any value are omitted.
    pub(in crate::pages) fn html(&self, rows: &[T], context: &PageContext) -> Markup {
        self.html_with_sums(rows, &[], context)
    }

    /// The table in a page, with rows of sums below a line.
    pub(in crate::pages) fn html_with_sums(
        &self,
        rows: &[T],
        sums: &[T],
        context: &PageContext,
    ) -> Markup {
        let all = rows.iter().chain(sums);
        let cells: Vec<Vec<Value>> = all.map(|row| self.values(row)).collect();
        let column = |index: usize| cells.iter().map(move |row| &row[index]);
        let is_used = |index: &usize| {
            let has_value = || column(*index).any(|value| !matches!(value, Value::Missing));
            !self.columns[*index].is_in_csv_only && (self.has_all_columns || has_value())
        };
        let used: Vec<usize> = (0..self.columns.len()).filter(is_used).collect();
        let is_numeric = |index: usize| column(index).any(Value::is_numeric);
        // Amounts of a column have the same number of decimals.
        let decimals: Vec<usize> = (0..self.columns.len())
            .map(|index| {
                column(index)
                    .filter_map(Value::decimals)
                    .max()
                    .unwrap_or_default()
            })
            .collect();
        let line = |row: &[Value]| {
            html! {
                tr {
                    @for &index in &used {
                        td.number[is_numeric(index)] {
                            (row[index].html_with_decimals(decimals[index]))
                        }
                    }
                }
            }
        };
        let (cells, sums) = cells.split_at(rows.len());
        html! {
            div.table-frame tabindex="0" role="region" aria-label=(self.caption) {
                table.rows {
                    caption.hidden { (self.caption) }
                    thead {
                        tr {
                            @for &index in &used {
                                (self.title(&self.columns[index], is_numeric(index), context))
                            }
                        }
                    }
                    tbody {
                        @for row in cells { (line(row)) }
                    }
                    @if !sums.is_empty() {
                        tfoot {
                            @for row in sums { (line(row)) }
                        }
                    }
                }
            }
        }
    }

    /// The table as a CSV file, with every column.
    pub(in crate::pages) fn csv(&self, rows: &[T]) -> CsvTable {
        let line = |row| self.values(row).iter().map(Value::csv).collect();
        CsvTable {
            header: self.columns.iter().map(|it| it.title.clone()).collect(),
            rows: rows.iter().map(line).collect(),
        }
    }

    fn values(&self, row: &T) -> Vec<Value> {
        let values = self.columns.iter().map(|column| (column.value)(row));
        values.collect()
    }

    fn title(&self, column: &Column<T>, is_numeric: bool, context: &PageContext) -> Markup {
        let Some(sort) = column.sort else {
            return html! { th.number[is_numeric] scope="col" { (column.title) } };
        };
        let is_current = context.query.get("sort") == Some(sort);
        let href = context.query.without("after").with("sort", sort);
        let href = href.href(context.path);
        html! {
            th.number[is_numeric] scope="col" aria-sort=[is_current.then_some("descending")] {
                a href=(href) hx-get=(href) { (column.title) @if is_current { " ↓" } }
            }
        }
    }
}
