//! Spelling, by `_typos.toml`.

use crate::not_run;
use crate::tool::Tool;

const TYPOS: Tool = Tool {
    package: "typos-cli",
    program: "typos",
    version: "1.52.0",
};

pub(crate) fn check() -> Result<(), String> {
    match TYPOS.command() {
        Ok(mut typos) => crate::run(&mut typos),
        Err(reason) => not_run::report("typos", &reason),
    }
}
