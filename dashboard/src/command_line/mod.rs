//! The command line: its arguments, its tables, and the commands that copy, erase and check.

mod accesses;
mod args;
mod backup;
mod call_site;
mod check;
mod cli;
mod cost_args;
mod costs;
mod erase;
mod error;
mod export;
mod format;
mod gate;
mod health;
mod hold;
mod live;
mod log_view;
#[cfg(feature = "mcp")]
mod mcp;
mod output;
mod price_table;
mod printer;
mod replay;
mod row_array;
mod runner;
mod serve;
mod table;
mod table_layout;
mod vacuum;
mod views;
mod wrap;

pub(crate) use cli::Cli;
#[cfg(feature = "mcp")]
pub(crate) use cli::Command;
pub(crate) use error::CommandError;
#[cfg(feature = "mcp")]
pub(crate) use mcp::open_for_mcp;
pub(crate) use runner::run;
