//! The command `accesses`.

use whose_store::{AccessFault, AccessFilter, AccessRow, Queries, Query, Reader};

use crate::command_line::args::AccessesArgs;
use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;
use crate::command_line::printer::Printer;
use crate::command_line::views;
use crate::values::pluralize;

/// Lists the access log, or checks it.
pub(crate) fn run(
    reader: &Reader,
    query: &Query,
    options: &Options,
    arguments: &AccessesArgs,
    printer: &mut Printer<'_>,
) -> Result<(), CommandError> {
    if arguments.verify {
        return verify(reader, options, printer);
    }
    let mut filter = AccessFilter::new();
    if let Some(user) = &arguments.user {
        filter = filter.user(user);
    }
    if let Some(before) = arguments.before {
        filter = filter.before(before);
    }
    let rows = reader.accesses(&filter, query)?;
    let Some(printed) = printer.print_rows(rows, views::accesses())? else {
        return Ok(());
    };
    let mut note = pluralize(printed.rows, "view");
    let last: Option<&AccessRow> = printed.last.as_ref().filter(|_| printed.more.count > 0);
    if let Some(row) = last {
        note += &format!("; next page: --before {}", row.id);
    }
    printer.print_notes(vec![note], &printed)
}

fn verify(
    reader: &Reader,
    options: &Options,
    printer: &mut Printer<'_>,
) -> Result<(), CommandError> {
    let chain = reader.access_chain()?;
    if options.json {
        printer.print_json_value(&chain, || None)?;
    } else {
        let mut text = format!(
            "{} checked: {}\n",
            pluralize(chain.rows, "row"),
            match chain.fault {
                None => "none was changed or removed",
                Some(_) => "these are as they were written",
            }
        );
        if chain.erased_reasons > 0 {
            let erased = pluralize(chain.erased_reasons, "reason");
            text += &format!("{erased} erased with a forgotten user\n");
        }
        if let Some(hash) = &chain.last_hash {
            text += &format!("hash of the last row: {hash}\n");
        }
        printer.print_text(&text)?;
    }
    printer.flush()?;
    chain.fault.map_or(Ok(()), |fault: AccessFault| {
        Err(CommandError::ChangedAccessLog(fault))
    })
}
