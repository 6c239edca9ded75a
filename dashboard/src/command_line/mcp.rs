//! The store of the command `whose mcp`.

use crate::command_line::args::McpArgs;
use crate::command_line::cli::Cli;
use crate::command_line::error::CommandError;
use crate::command_line::price_table::prices;
use crate::command_line::runner::check_range;
use crate::logged_store::{LoggedStore, Reasons};

/// Opens the store that the tools read, with the prices and the reasons of the command line.
pub(crate) fn open_for_mcp(cli: &Cli, arguments: &McpArgs) -> Result<LoggedStore, CommandError> {
    check_range(cli)?;
    let store = LoggedStore::open(&cli.options.db, prices(&cli.options)?)?;
    Ok(store.with_reasons(Reasons {
        default: arguments.why.reason.clone(),
        is_required: arguments.require_reason,
    }))
}
