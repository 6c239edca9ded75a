//! The program itself, run with few visitors.

use std::path::Path;
use std::process::Command;

/// The program with its offline model server and without a log.
fn desk(db: &Path, visitors: u32, requests: u32) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_support-desk"));
    command
        .args(["--visitors", &visitors.to_string()])
        .args(["--requests", &requests.to_string()])
        .arg("--db")
        .arg(db)
        .env_remove("OPENAI_BASE_URL")
        .env_remove("RUST_LOG");
    command
}

/// The number that follows a label at the beginning of a line.
fn count(output: &str, label: &str) -> u64 {
    let mut lines = output
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix(label));
    let number = lines
        .next()
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no number after {label:?} in:\n{output}"))
}

#[test]
fn every_record_of_a_run_has_the_user_its_visitor_knows() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("desk.db");
    let output = desk(&db, 8, 4).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");

    assert!(count(&text, "right") > 0, "{text}");
    assert!(count(&text, "unattributed") > 0, "{text}");
    assert_eq!(count(&text, "wrong"), 0, "{text}");
    assert_eq!(count(&text, "missing"), 0, "{text}");
    let checked = count(&text, "right") + count(&text, "outside");
    assert_eq!(count(&text, "records"), checked, "{text}");

    // The same file, asked without the program.
    let reader = whose_store::Reader::open(&db).unwrap();
    let totals = reader.totals(&whose_store::Query::all()).unwrap();
    assert_eq!(totals.counts.records(), count(&text, "records"));
    assert_eq!(
        totals.users,
        6 + 1,
        "six of eight visitors sign in, and the operator"
    );
    let operator = reader
        .audit("usr_olive", &whose_store::Query::all())
        .unwrap();
    let reviewed: Vec<_> = operator
        .map(Result::unwrap)
        .filter(|row| row.tags.contains_key("role"))
        .collect();
    assert!(
        reviewed
            .iter()
            .any(|row| row.session.as_deref() == Some("visit-001"))
    );
}

#[test]
fn a_file_that_is_there_already_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("letter.txt");
    std::fs::write(&db, "dear reader").unwrap();
    let output = desk(&db, 1, 1).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("exists already"), "{errors}");
    assert_eq!(std::fs::read_to_string(&db).unwrap(), "dear reader");
}

#[test]
fn log_lines_name_the_user_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(&folder.path().join("desk.db"), 1, 1);
    let output = desk.env("RUST_LOG", "info").output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let line = errors.lines().find(|line| line.contains("article found"));
    assert!(
        line.is_some_and(|line| line.contains("usr_ada")),
        "{errors}"
    );
}
