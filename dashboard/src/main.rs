//! The command `whose`.

fn main() -> std::process::ExitCode {
    whose_dashboard::run_command_line()
}
