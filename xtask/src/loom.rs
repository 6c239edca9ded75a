//! The models of the code that threads share: loom runs every order in which they can meet.

use std::env;
use std::process::Command;

use crate::tool::build_folder;

/// The crates with models, in modules named `loom_models`.
const CRATES: [&str; 2] = ["whose", "whose-store"];

/// Profile settings: models need a fast program, and no fast SQLite.
const PROFILE: [&str; 3] = [
    "profile.release.lto=\"off\"",
    "profile.release.debug=0",
    "profile.release.package.libsqlite3-sys.opt-level=0",
];

pub(crate) fn check() -> Result<(), String> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(PROFILE.iter().flat_map(|setting| ["--config", setting]));
    command.args(["test", "--release", "--lib"]);
    command.args(CRATES.iter().flat_map(|name| ["-p", name]));
    command.arg("loom_models");
    command.env("RUSTFLAGS", "--cfg whose_loom -D warnings");
    // The flags would build everything again in the folder of the other steps, at every turn.
    command.env("CARGO_TARGET_DIR", build_folder().join("loom"));
    crate::run(&mut command)
}
