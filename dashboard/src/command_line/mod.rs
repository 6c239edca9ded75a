//! The command line: its arguments, its tables, and the commands that copy, erase and check.

mod accesses;
mod args;
mod backup;
mod call_site;
mod check;
mod cli;
mod cost_args;
mod costs;
mod entry_point;
mod erase;
mod error;
mod export;
mod format;
mod gate;
mod hold;
mod log_view;
mod output;
mod printer;
mod row_array;
mod runner;
mod serve;
mod table;
mod table_layout;
mod vacuum;
mod views;
mod wrap;

pub use entry_point::run_command_line;
