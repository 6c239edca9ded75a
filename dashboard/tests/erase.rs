//! The commands that erase do so only on request, with the real binary and a real store.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;
use std::process::Output;

use support::{HOSTILE, folder, json, stdout, whose};

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The exit code, stdout and stderr.
fn exit_and_output(output: &Output) -> (i32, &str, &str) {
    let code = output.status.code().unwrap();
    (code, text(&output.stdout), text(&output.stderr))
}

fn users(folder: &Path) -> Vec<String> {
    let users = json(folder, &["users"]);
    let ids = users.as_array().unwrap().iter();
    ids.map(|user| user["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn forget_without_yes_or_terminal_erases_nothing() {
    let folder = folder();
    let output = whose(folder.path(), &["forget", "--user", "alice"]);
    let (code, out, err) = exit_and_output(&output);
    assert_eq!((code, out), (2, ""), "{err}");
    assert!(
        err.starts_with("alice has 4 records, in 1 session\n"),
        "{err}"
    );
    assert!(
        err.contains("nothing is erased") && err.contains("--yes"),
        "{err}"
    );
    assert_eq!(users(folder.path()).len(), 3);
}

#[test]
fn forget_prints_erased_counts() {
    let folder = folder();
    let text = stdout(folder.path(), &["forget", "--user", "alice", "--yes"]);
    assert!(text.starts_with("erased alice: 4 records; "), "{text}");
    assert_eq!(users(folder.path()), [HOSTILE, "bob"]);
    let file = std::fs::read(folder.path().join("whose.db")).unwrap();
    let holds = |word: &str| file.windows(word.len()).any(|part| part == word.as_bytes());
    assert!(!holds("alice") && holds("bob"));

    // Forgetting the user again erases nothing and is no error.
    let report = json(folder.path(), &["forget", "--user", "alice", "--yes"]);
    assert_eq!(
        (&report["records"], &report["remnant"]),
        (&0.into(), &().into())
    );
}

#[test]
fn pseudonymise_prints_random_id_that_keeps_the_costs() {
    let folder = folder();
    let cost = || json(folder.path(), &["cost"])["cost_usd"].clone();
    let before = cost();
    let arguments = ["forget", "--user", "alice", "--pseudonymise", "--yes"];
    let text = stdout(folder.path(), &arguments);
    let line = text.lines().next().unwrap();
    let pseudonym = line.strip_prefix("kept 4 records without content, as ");
    let pseudonym = pseudonym.unwrap_or_else(|| panic!("{text}"));
    assert!(text.contains("\nerased alice: 0 records"), "{text}");
    assert_eq!(cost(), before);
    let trail = stdout(folder.path(), &["audit", "--user", pseudonym, "--wide"]);
    assert!(
        !trail.contains("looks it up") && !trail.contains("alice"),
        "{trail}"
    );
    let file = std::fs::read(folder.path().join("whose.db")).unwrap();
    assert!(!file.windows(5).any(|part| part == b"alice"));
}

#[test]
fn forget_of_unknown_user_fails_with_escaped_id() {
    let folder = folder();
    for arguments in [&["--yes"][..], &[]] {
        let arguments = [&["forget", "--user", "x' OR 1=1 --"], arguments].concat();
        let output = whose(folder.path(), &arguments);
        let (code, out, err) = exit_and_output(&output);
        assert_eq!((code, out), (1, ""), "{err}");
        assert!(
            err.contains("has no user") && err.contains("whose users"),
            "{err}"
        );
    }
    assert_eq!(users(folder.path()).len(), 3);
    let text = stdout(folder.path(), &["forget", "--user", HOSTILE, "--yes"]);
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{202e}'),
        "{text}"
    );
    assert_eq!(users(folder.path()), ["bob", "alice"]);
}

#[test]
fn forget_prints_search_command_for_mentions() {
    let folder = folder();
    // Other users' records with "order 1 is lost", one without a user. The forgotten id is one of
    // these words.
    let store = whose_store::Store::open(folder.path().join("whose.db")).unwrap();
    support::record_errors(&store);
    let subscriber = tracing_subscriber::layer::SubscriberExt::with(
        tracing_subscriber::registry(),
        whose::layer().with_sink(store.clone()),
    );
    tracing::subscriber::with_default(subscriber, || {
        whose::user("lost").in_scope(|| tracing::info!("hello"));
    });
    drop(store);
    let text = stdout(folder.path(), &["forget", "--user", "lost", "--yes"]);
    let line =
        "not erased: 4 records of others that contain these words: whose search '\"lost\"'\n";
    assert!(text.ends_with(line), "{text}");
    let found = stdout(folder.path(), &["search", "\"lost\""]);
    assert!(found.contains("4 records"), "{found}");
}

#[test]
fn forget_with_open_reader_fails_with_advice() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = whose_store::Store::open(&path).unwrap();
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM records")
        .unwrap();
    let output = whose(folder.path(), &["forget", "--user", "alice", "--yes"]);
    let (code, out, err) = exit_and_output(&output);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.starts_with("erased alice: 4 records"), "{out}");
    assert!(
        err.contains("the rows are erased") && err.contains("run the same command again"),
        "{err}"
    );
    drop(reader);
    stdout(folder.path(), &["forget", "--user", "alice", "--yes"]);
    drop(store);
}

#[test]
fn keep_requires_limit_and_keeps_new_records() {
    let folder = folder();
    let text = stdout(folder.path(), &["keep", "--days", "30"]);
    assert!(
        text.starts_with("erased 0 records; ") && text.contains("7 records left"),
        "{text}"
    );
    let kept = json(folder.path(), &["keep", "--max-size", "1B"]);
    assert_eq!((&kept["records"], &kept["left"]), (&7.into(), &0.into()));
    for arguments in [
        &["keep"][..],
        &["keep", "--days", "0"],
        &["keep", "--days", "-1"],
        &["keep", "--max-size", "10"],
        &["keep", "--max-size", "lots"],
    ] {
        assert_eq!(
            whose(folder.path(), arguments).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    let output = whose(
        folder.path(),
        &["keep", "--days", "1", "--db", "missing.db"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(!folder.path().join("missing.db").exists());
}
