//! CSV files, which spreadsheets open.

use std::io;

/// The header and the rows of a CSV file.
#[derive(Clone, Debug, Default)]
pub(crate) struct CsvTable {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<CsvCell>>,
}

/// A cell of a CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CsvCell {
    /// A text, which a spreadsheet must not take for a formula.
    Text(String),
    /// A number, a time or an amount.
    Number(String),
    /// No value.
    Empty,
}

/// The table in the form of RFC 4180, in UTF-8.
pub(crate) fn to_csv(table: &CsvTable) -> String {
    let mut writer = CsvWriter::new(Vec::new());
    // Writing to memory does not fail, and every row has the columns of the header.
    let header = table.header.iter().cloned().map(CsvCell::Text);
    let _ = writer.row(&header.collect::<Vec<_>>());
    for row in &table.rows {
        let _ = writer.row(row);
    }
    let bytes = writer.0.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// Writes rows in the form of RFC 4180, in UTF-8.
///
/// A spreadsheet runs a text that begins with `=`, `+`, `-` or `@` as a formula. An apostrophe in
/// front of the text makes the spreadsheet show it.
pub(crate) struct CsvWriter<W: io::Write>(csv::Writer<W>);

impl<W: io::Write> CsvWriter<W> {
    pub(crate) fn new(out: W) -> Self {
        let mut builder = csv::WriterBuilder::new();
        Self(builder.terminator(csv::Terminator::CRLF).from_writer(out))
    }

    pub(crate) fn row(&mut self, cells: &[CsvCell]) -> io::Result<()> {
        let cells = cells.iter().map(|cell| match cell {
            CsvCell::Text(text) => guarded(text),
            CsvCell::Number(number) => number.clone(),
            CsvCell::Empty => String::new(),
        });
        self.0.write_record(cells).map_err(io::Error::from)
    }

    /// Passes the last rows on.
    #[cfg(feature = "command-line")]
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The text, with an apostrophe in front of a formula.
fn guarded(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formula_is_written_as_text() {
        let table = CsvTable {
            header: vec!["user".to_owned(), "cost".to_owned()],
            rows: vec![
                vec![
                    CsvCell::Text("=cmd|'/c calc'!A0".to_owned()),
                    CsvCell::Number("-1.5".to_owned()),
                ],
                vec![CsvCell::Text("a \"b\", c".to_owned()), CsvCell::Empty],
            ],
        };
        let expected = "user,cost\r\n'=cmd|'/c calc'!A0,-1.5\r\n\"a \"\"b\"\", c\",\r\n";
        assert_eq!(to_csv(&table), expected);
    }
}
