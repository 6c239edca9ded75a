//! The command `hold`, and the classes of `keep`.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;
use std::process::{Command, Output};

use support::{folder, json, stdout};

fn whose(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_whose"))
        .args(arguments)
        .arg("--db")
        .arg(folder.join("whose.db"))
        .output()
        .unwrap()
}

#[test]
fn user_on_hold_is_listed_and_not_forgotten() {
    let folder = folder();
    assert_eq!(stdout(folder.path(), &["hold"]), "no user is on hold\n");
    let hold = ["hold", "--user", "alice", "--reason", "case 17"];
    assert!(stdout(folder.path(), &hold).starts_with("alice is on hold"));
    let listed = stdout(folder.path(), &["hold"]);
    assert!(
        listed.contains("alice") && listed.contains("case 17"),
        "{listed}"
    );
    assert_eq!(json(folder.path(), &["hold"])[0]["user"], "alice");

    let refused = whose(folder.path(), &["forget", "--user", "alice", "--yes"]);
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("case 17") && errors.contains("--release"),
        "{errors}"
    );

    let release = ["hold", "--release", "--user", "alice"];
    assert_eq!(
        stdout(folder.path(), &release),
        "alice is no longer on hold\n"
    );
    assert_eq!(stdout(folder.path(), &release), "alice was not on hold\n");
    let forgotten = whose(folder.path(), &["forget", "--user", "alice", "--yes"]);
    assert!(forgotten.status.success());
}

#[test]
fn class_of_keep_needs_a_known_name_and_days() {
    let folder = folder();
    for class in ["errors=180", "calls=365", "scores=7d"] {
        let kept = whose(folder.path(), &["keep", "--days", "1", "--at-least", class]);
        assert!(kept.status.success(), "{class}");
    }
    for class in ["errors", "logs=3", "errors=x", "=3"] {
        let refused = whose(folder.path(), &["keep", "--at-least", class]);
        let errors = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{class}");
        assert!(errors.contains("errors, calls, scores"), "{errors}");
    }
}
