//! The project's own commands; `cargo xtask help` lists them.

mod browser;
mod deny;
mod docs;
mod features;
mod foreign;
mod gate;
mod interop;
mod loom;
mod msrv;
mod not_run;
mod spelling;
mod system_package;
mod tool;

use std::env;
use std::ffi::OsStr;
use std::process::{Command, ExitCode};

const HELP: &str = "\
The project's own commands.

Usage: cargo xtask <COMMAND>

Commands:
  test    Run every test: units, behaviour, macro diagnostics, documentation examples; then the gate
  gate    Count instructions an operation, and compare with benches/baseline.json
  foreign [--quick | CRATE..]
          Annotate the source of crates of the dependency tree, and check that they still
          compile
  msrv    Check the oldest compiler that `whose` and `whose-macros` promise
  features
          Check each feature of the published crates alone
  docs    Build the documentation, which shows the feature of each item that needs one
  deny    Check licences, sources and advisories of the dependencies, with cargo-deny
  loom    Run the models of the code that threads share, in every order of the threads
  interop [PEER..]
          Send to Phoenix, MLflow, OpenTelemetry for Python and Spotlight, which are installed into
          the build folder, and compare what they show with what was sent
  beside-phoenix [SPANS]
          Measure `whose serve` beside Phoenix on the same spans: until visible, one user, memory
  spelling
          Check the spelling, with typos
  help    Print this

The tests need rustup and a C compiler (for the bundled SQLite). The pages are tested
in Chromium by ChromeDriver, and the gate needs valgrind: the system's package manager installs them where
they are missing, at once where CI is set, on a terminal after asking. cargo-deny and typos are compiled
into the build folder where they are missing. `interop` needs Python 3.11 and Node 20,
`beside-phoenix` Python 3.11. What cannot run prints a line `NOT RUN: ..`.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => test(),
        ["gate"] => gate::check(),
        ["foreign", ref crates @ ..] => foreign::run(crates),
        ["msrv"] => msrv::check(),
        ["features"] => features::check(),
        ["docs"] => docs::check(),
        ["deny"] => deny::check(),
        ["loom"] => loom::check(),
        ["interop", ref peers @ ..] => interop::run(peers),
        ["beside-phoenix"] => interop::beside_phoenix(None),
        ["beside-phoenix", spans] => interop::beside_phoenix(Some(spans)),
        ["spelling"] => spelling::check(),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("no such command\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn test() -> Result<(), String> {
    has_c_compiler()?;
    // Asks before the long build, not after it.
    let without_browser = match browser::is_ready()? {
        true => &[][..],
        false => &["--exclude", browser::PACKAGE],
    };
    // Examples of the documentation are tests of `cargo test` too, but not beside `--all-targets`.
    // A failure hides no other failure.
    let all = ["test", "--workspace", "--all-features", "--no-fail-fast"];
    cargo(all.iter().chain(without_browser))?;
    gate::check()
}

/// Says what is missing before a build fails at its end for want of it.
fn has_c_compiler() -> Result<(), String> {
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".into());
    let found = Command::new(&compiler)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if found {
        return Ok(());
    }
    Err(format!(
        "no C compiler: `{compiler}` does not run. The bundled SQLite is written in C: install one \
         (Debian and Ubuntu: `apt-get install gcc libc6-dev`; macOS: `xcode-select --install`), or name \
         yours in `CC`"
    ))
}

/// Runs cargo, the one that runs this program.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<(), String> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    run(command.args(arguments))
}

/// Runs a command, and shows it.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    eprintln!("$ {command:?}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("{command:?} did not start: {error}")),
    }
}
