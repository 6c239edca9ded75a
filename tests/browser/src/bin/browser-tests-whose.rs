//! The command `whose`, which serves the pages.

use std::process::ExitCode;

fn main() -> ExitCode {
    whose_dashboard::run_command_line()
}
