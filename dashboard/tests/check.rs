//! The commands that check and rewrite a file.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
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
fn intact_file_passes_the_check() {
    let folder = folder();
    assert!(stdout(folder.path(), &["check"]).contains("are intact"));
    let check = json(folder.path(), &["check"]);
    assert_eq!(check["problems"].as_array().unwrap().len(), 0);
}

#[test]
fn damaged_index_fails_the_check_and_is_named() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let file = rusqlite::Connection::open(&path).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'records_session'";
    let page: i64 = file.query_row(root, (), |row| row.get(0)).unwrap();
    let page = usize::try_from(page).unwrap();
    drop(file);
    // Zeros are no page of an index.
    let mut bytes = fs::read(&path).unwrap();
    bytes[(page - 1) * 4_096..page * 4_096].fill(0);
    fs::write(&path, bytes).unwrap();
    let output = whose(folder.path(), &["check"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("is damaged") && errors.contains(".recover"),
        "{errors}"
    );
    assert!(!output.stdout.is_empty());
}

#[test]
fn row_that_refers_to_a_deleted_row_is_counted_and_no_damage() {
    let folder = folder();
    let file = rusqlite::Connection::open(folder.path().join("whose.db")).unwrap();
    file.execute_batch("PRAGMA foreign_keys = off; DELETE FROM users WHERE uid = 'bob'")
        .unwrap();
    drop(file);
    let text = stdout(folder.path(), &["check"]);
    assert!(text.contains("of records refer to a row"), "{text}");
}

#[test]
fn rewritten_file_is_smaller_and_has_its_records() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(
        "CREATE TABLE extra (bytes BLOB); INSERT INTO extra VALUES (zeroblob(1000000));
         DROP TABLE extra",
    )
    .unwrap();
    drop(file);
    let before = fs::metadata(&path).unwrap().len();
    let users = json(folder.path(), &["users"]);
    assert!(stdout(folder.path(), &["vacuum"]).starts_with("the file has "));
    assert!(fs::metadata(&path).unwrap().len() < before - 900_000);
    assert_eq!(json(folder.path(), &["users"]), users);
}
