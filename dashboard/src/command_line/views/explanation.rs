//! The explanation of a record on a terminal.

use whose_store::RecordRow;

use crate::command_line::wrap::wrap;
use crate::record_text::explanation as lines;

/// The columns of the names of the lines.
const NAME_WIDTH: usize = 13;

/// The explanation of the record. Lines past the width continue on the next line.
pub(crate) fn explanation(record: &RecordRow, width: usize) -> String {
    let mut text = String::new();
    for line in lines(record) {
        let line = format!("{:<NAME_WIDTH$} {}", line.name, line.value);
        text.push_str(&wrap(&line, width, NAME_WIDTH + 1));
        text.push('\n');
    }
    text
}
