//! The command `support-desk`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    support_desk::run_command_line().await
}
