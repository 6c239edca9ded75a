//! `whose export` writes every record of one user, and nothing of another.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::{HOSTILE, folder, json, stdout, store_of};

#[test]
fn lines_of_json_are_the_records_of_the_user() {
    let folder = folder();
    let text = stdout(
        folder.path(),
        &["export", "--user", "alice", "--limit", "1"],
    );
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let audit = json(folder.path(), &["audit", "--user", "alice"]);
    assert_eq!(lines.len(), 4);
    assert_eq!(&lines, audit.as_array().unwrap());
}

#[test]
fn csv_has_every_value_of_a_record() {
    let folder = folder();
    let text = stdout(
        folder.path(),
        &["export", "--user", "alice", "--format", "csv"],
    );
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let titles = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let audit = json(folder.path(), &["audit", "--user", "alice"]);
    let audit = audit.as_array().unwrap();
    assert_eq!(rows.len(), audit.len());
    for (row, record) in rows.iter().zip(audit) {
        for (name, value) in record.as_object().unwrap() {
            let column = titles.iter().position(|title| title == name);
            let cell = &row[column.unwrap_or_else(|| panic!("no column {name}"))];
            match value {
                serde_json::Value::Null => assert_eq!(cell, "", "{name}"),
                serde_json::Value::String(text) => assert_eq!(cell, text, "{name}"),
                serde_json::Value::Number(number) => assert_eq!(cell, number.to_string(), "{name}"),
                _ => {}
            }
        }
    }
}

#[test]
fn hostile_text_is_neither_a_formula_nor_a_command_of_the_terminal() {
    let folder = store_of(
        |layer| layer,
        || {
            whose::user(HOSTILE).in_scope(|| tracing::info!("=cmd|'/c calc'!A0"));
        },
    );
    for format in ["csv", "jsonl"] {
        let text = stdout(
            folder.path(),
            &["export", "--user", HOSTILE, "--format", format],
        );
        let raw = |c: char| c == '\u{1b}' || c == '\u{202e}';
        assert!(!text.contains(raw), "{text:?}");
        assert!(!text.contains(",=cmd"), "{text}");
        assert!(text.contains("=cmd|'/c calc'!A0"), "{text}");
    }
}

#[test]
fn unknown_user_writes_nothing() {
    let folder = folder();
    let output = support::whose(
        folder.path(),
        &["export", "--user", "carol", "--format", "csv"],
    );
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
}
