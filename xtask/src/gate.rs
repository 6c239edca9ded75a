//! The gate for speed: instructions an operation, against the committed baseline.
//!
//! Instructions and not time: counts are the same on a machine that does something else meanwhile.
//! Valgrind counts them, so it is installed where it is missing, and where it cannot be, that is
//! said in as many words: a gate that was not closed is not one that was passed.

use crate::system_package::SystemPackage;

/// The program that counts instructions.
const VALGRIND: SystemPackage = SystemPackage {
    programs: &["valgrind"],
    packages: [&["valgrind"]; 5],
};

pub(crate) fn check() -> Result<(), String> {
    if let Err(why) = VALGRIND.ensure() {
        return crate::not_run::report("the gate for speed", &why);
    }
    crate::cargo([
        "run",
        "--quiet",
        "--profile",
        "bench",
        "--package",
        "whose-benches",
        "--no-default-features",
        "--bin",
        "instructions",
        "--",
        "--check",
    ])
}
