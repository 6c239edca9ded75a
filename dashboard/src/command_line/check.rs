//! The command `check`.

use std::io::Write;

use whose_store::{FileCheck, Reader};

use crate::api::write_json;
use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;
use crate::values::{escape, pluralize};

/// Checks the file, and fails if it is damaged.
pub(crate) fn check(options: &Options, out: &mut dyn Write) -> Result<(), CommandError> {
    let check = Reader::open(&options.db)?.check()?;
    match options.json {
        true => write_json(out, &check).map_err(std::io::Error::from)?,
        false => out.write_all(text(&check).as_bytes())?,
    }
    match check.is_intact() {
        true => Ok(()),
        false => Err(CommandError::Damaged(options.db.clone())),
    }
}

fn text(check: &FileCheck) -> String {
    let mut text = String::new();
    for problem in &check.problems {
        text += &format!("{}\n", escape(problem));
    }
    if check.is_intact() {
        text += "the pages, the rows and the indexes are intact\n";
    }
    for (table, rows) in &check.dangling {
        let rows = pluralize(*rows, "row");
        text += &format!(
            "{rows} of {} refer to a row that was deleted by hand\n",
            escape(table)
        );
    }
    text
}
