//! `whose forget` is killed at any moment: the file is intact, and the next run erases what is left.
#![cfg(unix)] // `Child::kill` is SIGKILL.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use support::{json, record_into, stdout};
use tracing::info;
use whose::{Breadcrumb, User};

const ID: &str = "zqalice";
const MAIL: &str = "zqmail@example.com";
/// The records of each of the two users, but for one error.
const RECORDS: usize = 500;
/// How often each way is killed.
const KILLS: u32 = 8;
const REASON: &str = "a call of zqmail@example.com";

fn record_users(folder: &Path) {
    record_into(
        folder,
        |layer| layer,
        || {
            for (id, mail) in [(ID, MAIL), ("bob", "bob@example.com")] {
                let user = User::new(id).with_email(mail);
                let scope = whose::user(user).session(format!("of-{id}")).tag("id", id);
                scope.in_scope(|| {
                    whose::add_breadcrumb(Breadcrumb::new(format!("opened {mail}")));
                    whose::capture_message(format!("no page for {mail}"));
                    for number in 0..RECORDS {
                        info!(order = format!("{id}-{number}"), "asks {mail} {number}");
                    }
                });
            }
        },
    );
}

/// A run of `whose forget` whose temporary files are in the folder.
fn forget(folder: &Path, method: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whose"));
    command.args(["forget", "--user", ID, "--yes", "--reason", REASON]);
    command.args(method).current_dir(folder);
    command.env_remove("WHOSE_DB").env("SQLITE_TMPDIR", folder);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Fails if a file of the folder has one of the words.
fn assert_no_byte(folder: &Path, words: &[&str]) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        // Faster than a comparison at every byte.
        let text = String::from_utf8_lossy(&bytes);
        for word in words {
            assert!(!text.contains(word), "{word} in {path:?}");
        }
    }
}

fn copied(origin: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(origin.join("whose.db"), folder.path().join("whose.db")).unwrap();
    folder
}

#[test]
fn forget_killed_at_any_moment_is_completed_by_the_next_run() {
    let origin = tempfile::tempdir().unwrap();
    record_users(origin.path());
    for method in [&[][..], &["--pseudonymise"]] {
        let whole = {
            let folder = copied(origin.path());
            let begun = Instant::now();
            assert!(forget(folder.path(), method).status().unwrap().success());
            assert_no_byte(folder.path(), &[ID, MAIL]);
            begun.elapsed()
        };
        let mut interrupted = 0;
        for kill in 0..KILLS {
            let folder = copied(origin.path());
            let folder = folder.path();
            let mut process = forget(folder, method).spawn().unwrap();
            thread::sleep(whole * kill / KILLS);
            process.kill().unwrap();
            interrupted += u32::from(!process.wait().unwrap().success());

            stdout(folder, &["check"]);
            assert_completes(folder, method, kill);
        }
        assert!(
            interrupted >= KILLS / 4,
            "{interrupted} of {KILLS}: {whole:?}"
        );
    }
}

/// The next run erases what is left, and takes nothing of the other user.
fn assert_completes(folder: &Path, method: &[&str], kill: u32) {
    let arguments = ["forget", "--user", ID, "--yes", "--reason", REASON];
    let report = json(folder, &[&arguments[..], method].concat());
    assert!(report["remnant"].is_null(), "kill {kill}: {report}");
    assert_no_byte(folder, &[ID, MAIL]);
    let users = json(folder, &["users"]);
    let records = |user: &serde_json::Value| {
        let count = |name: &str| user[name].as_u64().unwrap();
        count("events") + count("errors")
    };
    for user in users.as_array().unwrap() {
        assert_eq!(records(user), RECORDS as u64 + 1, "kill {kill}: {user}");
    }
    assert_eq!(users.as_array().unwrap().len(), 1 + method.len(), "{users}");
    stdout(folder, &["check"]);
    stdout(folder, &["accesses", "--verify"]);
}

#[test]
fn forget_completes_beside_a_process_that_was_killed_while_it_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    record_users(folder);
    let mut writer = support::writer::Writer::start(folder);
    writer.write_for_ever();
    for _ in 0..5 {
        writer.confirmed();
    }
    // The log of the killed process stays beside the file.
    writer.kill();
    assert!(folder.join("whose.db-wal").exists());
    stdout(folder, &["forget", "--user", ID, "--yes"]);
    stdout(folder, &["forget", "--user", "user-1", "--yes"]);
    assert_no_byte(folder, &[ID, MAIL, "user-1"]);
    stdout(folder, &["check"]);
}

#[test]
fn writer_process() {
    support::writer::run();
}
