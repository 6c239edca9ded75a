//! The real binary fails with a clear error for missing, foreign, empty and hostile input.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;

use support::{HOSTILE, folder, json, stdout, whose, wide};
use whose_store::Store;

#[test]
fn missing_or_foreign_file_exits_with_2() {
    let folder = folder();
    fs::write(folder.path().join("notes.txt"), "notes ".repeat(1_000)).unwrap();
    fs::write(folder.path().join("empty.db"), "").unwrap();
    for (file, message) in [
        ("missing.db", "there is no store at"),
        ("notes.txt", "is not a store of whose"),
        ("empty.db", "is not a store of whose"),
        (".", "but a folder"),
    ] {
        for command in ["users", "coverage", "sessions"] {
            let output = whose(folder.path(), &[command, "--db", file]);
            let error = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{error}");
            assert!(error.contains(message) && error.contains(file), "{error}");
            assert!(output.stdout.is_empty());
        }
    }
    assert!(
        !folder.path().join("missing.db").exists(),
        "queries create no file"
    );
}

#[test]
fn unknown_user_or_session_exits_with_1() {
    let folder = folder();
    for command in [&["audit"][..], &["sessions"], &["search", "looks"]] {
        let output = whose(folder.path(), &[command, &["--user", "carol"]].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(
            error.contains("no user \"carol\"") && error.contains("whose users"),
            "{error}"
        );
    }
    let output = whose(folder.path(), &["search", "looks", "--session", "s-9"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.contains("no session \"s-9\"") && error.contains("whose sessions"),
        "{error}"
    );
}

#[test]
fn invalid_grouping_error_lists_groupings() {
    let folder = folder();
    for by in ["weather", "tag:", ""] {
        let output = whose(folder.path(), &["cost", "--by", by]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("`tag:KEY`"), "{error}");
    }
}

#[test]
fn hostile_text_never_reaches_terminal() {
    let folder = folder();
    let escaped = r#""mallory\u{1b}[2J\u{202e}\n""#;
    assert!(wide(folder.path(), &["users"]).contains(escaped));
    let trail = wide(folder.path(), &["audit", "--user", HOSTILE]);
    assert!(
        trail.contains(r"\u{1b}]0;owned\u{7}") && trail.contains(escaped),
        "{trail}"
    );
    for arguments in [
        &["users"][..],
        &["audit", "--user", HOSTILE],
        &["sessions"],
        &["cost"],
        &["coverage"],
        &["search", "owned"],
        &["search", "--user", HOSTILE, "--", HOSTILE],
    ] {
        for json in [false, true] {
            let arguments = [arguments, if json { &["--json"][..] } else { &[] }].concat();
            let text = stdout(folder.path(), &arguments);
            let raw = |c: char| c == '\u{1b}' || c == '\u{7}' || c == '\u{202e}';
            assert!(!text.contains(raw), "{arguments:?}: {text:?}");
        }
    }
    let unknown = whose(folder.path(), &["audit", "--user", "\u{1b}[2J"]);
    assert!(!unknown.stderr.contains(&0x1b), "{unknown:?}");
}

#[test]
fn empty_store_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path().join("whose.db")).unwrap());
    assert_eq!(wide(folder.path(), &["users"]), "0 users, 0 records\n");
    assert_eq!(wide(folder.path(), &["cost"]), "no model calls\n");
    assert_eq!(json(folder.path(), &["coverage"]), serde_json::json!([]));
}

#[test]
fn own_prices_price_unpriced_models() {
    let folder = folder();
    let prices = folder.path().join("prices.csv");
    fs::write(&prices, "model,input,output\nour-own-7b,0.25,1\n").unwrap();
    let table = wide(folder.path(), &["cost", "--prices", "prices.csv"]);
    assert!(
        table.contains("$0.5045 at list prices for 2 calls\n"),
        "{table}"
    );
    assert!(!table.contains("without a price"), "{table}");

    fs::write(&prices, "model,input,output\nour-own-7b,cheap,1\n").unwrap();
    for (file, message) in [("prices.csv", "line 2"), ("none.csv", "cannot be read")] {
        let output = whose(folder.path(), &["cost", "--prices", file]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(file) && error.contains(message), "{error}");
    }
}
