//! The command `support-desk`, which fills the store of the tests.

use std::process::ExitCode;

fn main() -> std::io::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    Ok(runtime.block_on(support_desk::run_command_line()))
}
