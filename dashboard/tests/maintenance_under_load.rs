//! Commands that maintain the file, beside a process that writes all the time: no record is lost, and no
//! command fails because the file is locked.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;
use std::process::Command;

use support::writer::{self, USERS, Writer};
use support::{json, stdout, whose};

#[test]
fn writer_process() {
    writer::run();
}

/// The numbers of the records of one user, in order.
fn numbers(folder: &Path, db: &str, user: usize) -> Vec<usize> {
    let user = format!("user-{user}");
    let lines = stdout(folder, &["export", "--db", db, "--user", &user]);
    let number = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        usize::try_from(row["fields"]["number"].as_u64().unwrap()).unwrap()
    };
    lines.lines().map(number).collect()
}

/// Fails unless the records of the user are complete up to a number, and returns how many there are.
fn assert_no_hole(numbers: &[usize], user: usize) -> usize {
    let first = numbers[0];
    let expected = (first..).step_by(USERS).take(numbers.len());
    assert!(
        numbers.iter().copied().eq(expected),
        "user {user}: {numbers:?}"
    );
    numbers.len()
}

#[test]
fn copies_rewrites_and_limits_lose_no_record_of_a_busy_writer() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut writer = Writer::start(folder);
    assert!(writer.write(400, 300).is_complete);
    writer.write_for_ever();
    let mut confirmed = writer.confirmed();
    for round in 0..3 {
        let before = confirmed;
        stdout(folder, &["vacuum"]);
        let keep = json(folder, &["keep", "--days", "30"]);
        assert_eq!(keep["records"], 0);
        let copy = format!("copy-{round}.db");
        let backup = json(folder, &["backup", &copy]);
        stdout(folder, &["check", "--db", &copy]);
        // The copy has what was on disk before, and no more than the file has now.
        let in_copy: usize = (0..USERS)
            .map(|user| assert_no_hole(&numbers(folder, &copy, user), user))
            .sum();
        assert!(in_copy >= before, "{in_copy} of {before}");
        assert_eq!(backup["records"], in_copy);
        for user in 0..USERS {
            let numbers = numbers(folder, "whose.db", user);
            assert_eq!(numbers[0], user);
            assert!(assert_no_hole(&numbers, user) * USERS >= before);
        }
        confirmed = writer.confirmed();
        assert!(confirmed > before, "the writer goes on");
    }
    let (last, _) = writer.kill();
    let confirmed = last.map_or(confirmed, |last| last.parse().unwrap());
    let in_file: usize = (0..USERS)
        .map(|user| assert_no_hole(&numbers(folder, "whose.db", user), user))
        .sum();
    assert!(in_file >= confirmed, "{in_file} of {confirmed}");
    stdout(folder, &["check"]);
    // Nothing is said to be missing.
    stdout(folder, &["users"]);
}

#[test]
fn size_limit_and_erasure_under_load_take_only_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut writer = Writer::start(folder);
    for _ in 0..20 {
        assert!(writer.write(400, 500).is_complete);
    }
    writer.write_for_ever();
    let before = writer.confirmed();
    let kept = json(folder, &["keep", "--max-size", "4MB"]);
    let erased = usize::try_from(kept["records"].as_u64().unwrap()).unwrap();
    assert!(erased > 0, "{kept}");
    let forgotten = json(folder, &["forget", "--user", "user-0", "--yes"]);
    assert!(forgotten["records"].as_u64().unwrap() > 0);
    writer.confirmed();
    let (last, err) = writer.kill();
    assert!(!err.contains("dropped"), "{err}");
    let confirmed: usize = last.map_or(before, |last| last.parse().unwrap());
    // The oldest records are gone, and all others are there.
    for user in 1..USERS {
        let numbers = numbers(folder, "whose.db", user);
        assert_no_hole(&numbers, user);
        assert_eq!(numbers[0] / USERS, (erased + USERS - 1 - user) / USERS);
        assert!(numbers[numbers.len() - 1] + USERS >= confirmed);
    }
    // Records of the erased user that came later belong to a new user.
    assert_no_hole(&numbers(folder, "whose.db", 0), 0);
    stdout(folder, &["check"]);
}

#[cfg(unix)] // `Child::kill` is SIGKILL.
#[test]
fn killed_backup_leaves_no_half_copy() {
    const KILLS: u32 = 8;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut writer = Writer::start(folder);
    for _ in 0..20 {
        assert!(writer.write(400, 2_000).is_complete);
    }
    writer.close();
    let begun = std::time::Instant::now();
    stdout(folder, &["backup", "whole.db"]);
    let whole = begun.elapsed();
    let copy = folder.join("copy.db");
    for kill in 0..KILLS {
        let mut backup = Command::new(env!("CARGO_BIN_EXE_whose"));
        backup.args(["backup", "copy.db"]).current_dir(folder);
        let mut backup = backup.env_remove("WHOSE_DB").spawn().unwrap();
        std::thread::sleep(whole * kill / KILLS);
        backup.kill().unwrap();
        backup.wait().unwrap();
        if copy.exists() {
            stdout(folder, &["check", "--db", "copy.db"]);
            assert_eq!(numbers(folder, "copy.db", 1).len(), 20 * 400 / USERS);
            std::fs::remove_file(&copy).unwrap();
        }
    }
    // The next backup clears what a killed one has left.
    stdout(folder, &["backup", "copy.db"]);
    let names = std::fs::read_dir(folder).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    let is_partial = |name: &std::ffi::OsString| name.to_string_lossy().contains("partial");
    assert!(!names.iter().any(is_partial), "{names:?}");
}

#[test]
fn lock_that_lasts_is_explained() {
    let folder = support::folder();
    let folder = folder.path();
    let lock = rusqlite::Connection::open(folder.join("whose.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The shortest of the waits: a view that is to be logged.
    let audit = whose(folder, &["audit", "--user", "alice"]);
    let err = String::from_utf8(audit.stderr).unwrap();
    assert_eq!(audit.status.code(), Some(2), "{err}");
    for words in ["whose.db", "locked", "end its transaction"] {
        assert!(err.contains(words), "{words}: {err}");
    }
    // Readers do not wait for it.
    assert!(stdout(folder, &["users"]).contains("alice"));
    stdout(folder, &["backup", "copy.db"]);
}
