//! Licences, sources, versions and advisories of the dependencies, by `deny.toml`.

use std::process::Command;

use crate::not_run;
use crate::tool::Tool;

const CARGO_DENY: Tool = Tool {
    package: "cargo-deny",
    program: "cargo-deny",
    version: "0.20.2",
};

pub(crate) fn check() -> Result<(), String> {
    if let Err(reason) = CARGO_DENY.command() {
        return not_run::report("cargo deny check", &reason);
    }
    run(&["check", "licenses", "bans", "sources"])?;
    // Only the advisories need the network.
    if run(&["fetch", "db"]).is_err() {
        let reason = "the database of advisories could not be fetched";
        return not_run::report("cargo deny check advisories", reason);
    }
    run(&["check", "advisories"])
}

fn run(arguments: &[&str]) -> Result<(), String> {
    let mut command: Command = CARGO_DENY.command()?;
    crate::run(command.args(["--locked", "--all-features"]).args(arguments))
}
