//! Each command prints the rows of a real store, with the real binary.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::process::Command;
use std::time::Duration;

use support::{FILE, HOSTILE, folder, json, line, record, record_errors, stdout, wide};
use tracing_subscriber::prelude::*;
use whose::RecordSink;
use whose_store::Store;

#[test]
fn users_table_has_counts_and_cost() {
    let folder = folder();
    let table = wide(folder.path(), &["users"]);
    let alice = line(&table, "alice");
    assert_eq!(alice[1], "alice@example.com");
    assert_eq!(
        alice[4..],
        ["1", "1", "2", "1", "1,000", "200", "$0.0045", "0"]
    );
    assert_eq!(
        line(&table, "bob")[4..],
        ["1", "0", "1", "0", "2,000,000", "0", "-", "1"]
    );
    assert!(table.ends_with(
        "3 users, 7 records\n1 record without a user: `whose coverage` lists the call sites\n"
    ));

    let users = json(folder.path(), &["users"]);
    let ids: Vec<_> = users
        .as_array()
        .unwrap()
        .iter()
        .map(|user| &user["id"])
        .collect();
    assert_eq!(ids, [HOSTILE, "bob", "alice"]);
    assert_eq!(
        (&users[2]["spans"], &users[2]["errors"]),
        (&1.into(), &1.into())
    );
    assert_eq!(users[2]["cost_usd"], 0.0045);
    assert!(users[1]["cost_usd"].is_null());
}

#[test]
fn audit_table_is_ordered_by_time() {
    let folder = folder();
    let table = wide(folder.path(), &["audit", "--user", "alice"]);
    let position = |word: &str| {
        table
            .find(word)
            .unwrap_or_else(|| panic!("no {word}:\n{table}"))
    };
    assert!(
        position("answer") < position("looks it up")
            && position("looks it up") < position("refused")
    );
    assert!(table.contains("$0.0045") && !table.contains("nobody's"));
    assert!(table.ends_with("4 records of alice\n"), "{table}");

    let trail = json(folder.path(), &["audit", "--user", "alice"]);
    let types: Vec<_> = trail
        .as_array()
        .unwrap()
        .iter()
        .map(|record| &record["type"])
        .collect();
    assert_eq!(types, ["span", "event", "event", "error"]);
    assert_eq!(trail[1]["tags"]["plan"], "pro");
    assert_eq!(trail[1]["user_source"], "scope");
}

#[test]
fn sessions_table_lists_all_or_one_user() {
    let folder = folder();
    let table = wide(folder.path(), &["sessions"]);
    assert_eq!(line(&table, "s-1")[1], "alice");
    assert_eq!(line(&table, "s-2")[1], "bob");
    let table = wide(folder.path(), &["sessions", "--user", "bob"]);
    assert!(table.contains("s-2") && !table.contains("s-1"), "{table}");
    assert!(table.ends_with("1 session\n"), "{table}");
    assert_eq!(
        json(folder.path(), &["sessions", "--user", "alice"])[0]["users"][0],
        "alice"
    );
}

#[test]
fn cost_table_groups_and_lists_unpriced_models() {
    let folder = folder();
    for (by, key) in [
        ("user", "alice"),
        ("model", "gpt-4o-2024-08-06"),
        ("session", "s-1"),
        ("tag:plan", "pro"),
    ] {
        let table = wide(folder.path(), &["cost", "--by", by]);
        let row = line(&table, key);
        assert!(
            row.contains(&"$0.0045") && row.contains(&"1"),
            "by {by}: {row:?}"
        );
        assert!(
            table.contains("$0.0045 at list prices for 1 call\n"),
            "{table}"
        );
        assert!(
            table.contains("\n  our-own-7b: 1 call, 2,000,000 tokens\n"),
            "{table}"
        );

        let report = json(folder.path(), &["cost", "--by", by]);
        assert_eq!(report["rows"][0]["key"], key);
        assert_eq!(report["total"]["cost_usd"], 0.0045);
        assert_eq!(report["unpriced"][0]["model"], "our-own-7b");
    }
    let by_model = wide(folder.path(), &["cost", "--by", "model"]);
    assert!(
        line(&by_model, "gpt-4o")[2].starts_with("gpt-4o of 20"),
        "{by_model}"
    );
    assert_eq!(
        wide(folder.path(), &["cost"]),
        wide(folder.path(), &["cost", "--by", "user"])
    );
}

#[test]
fn coverage_table_has_worst_site_share_and_reason() {
    let folder = folder();
    let table = wide(folder.path(), &["coverage"]);
    let first = table.lines().nth(1).unwrap();
    assert!(first.starts_with(&format!("{}:", FILE)), "{table}");
    let cells = line(&table, first.split_whitespace().next().unwrap());
    assert_eq!(
        cells[1..],
        [
            "event",
            "-",
            "commands::support",
            "1",
            "1 (100%)",
            "1 (100%)",
            "no scope 1"
        ],
        "{table}"
    );
    assert!(
        table.contains("without a user: 1 (14%) of 7 records, from 1 of 7 call sites\n"),
        "{table}"
    );
    assert!(table.contains("without a session: 2 (28%)\n"), "{table}");
    assert!(
        table.contains("\nno scope: no scope was current: a task or a thread was spawned without"),
        "{table}"
    );
    assert!(
        !table.contains("anonymous:"),
        "only reasons that occur: {table}"
    );
    // The call site of an error is the file that reported the error.
    assert!(!table.contains(&format!("  {FILE}  ")), "{table}");

    let sites = json(folder.path(), &["coverage"]);
    assert_eq!(sites[0]["file"], FILE);
    assert_eq!(
        (&sites[0]["records"], &sites[0]["without_user"]),
        (&1.into(), &1.into())
    );
    assert_eq!(sites[0]["reasons"], serde_json::json!({"no_scope": 1}));
    assert_eq!(sites[0]["sources"], serde_json::json!({}));
    assert_eq!(sites[1]["without_user"], 0);
    assert_eq!(sites[1]["sources"], serde_json::json!({"scope": 1}));
}

#[test]
fn errors_table_shows_flags_of_newest_error() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(subscriber, || {
        whose::Scope::isolated().in_scope(|| {
            whose::flag("button", "green");
            whose::flag("new_checkout", true);
            whose::capture_message("declined");
        });
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    let table = wide(folder.path(), &["errors"]);
    assert!(table.contains("last flags"), "{table}");
    assert!(table.contains("new_checkout=true, button=green"), "{table}");
    let groups = json(folder.path(), &["errors"]);
    let flag = serde_json::json!({"key": "new_checkout", "value": true});
    assert_eq!(groups[0]["flags"][1], flag);
}

#[test]
fn errors_table_counts_users() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    for _ in 0..2 {
        record(&store);
    }
    record_errors(&store);
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    let table = wide(folder.path(), &["errors"]);
    let row = table.lines().nth(1).unwrap();
    assert!(
        row.trim_start().starts_with("2       4  -") && row.contains("order 2 is lost"),
        "{table}"
    );
    assert!(table.contains("std::io::error::Error") && table.contains("refused"));
    assert!(!table.contains('\u{1b}'), "{table}");
    assert!(
        table.ends_with("\n3 error groups, 7 errors, 1 without a user\n"),
        "{table}"
    );

    let groups = json(folder.path(), &["errors"]);
    assert_eq!(
        (&groups[0]["users"], &groups[0]["errors"]),
        (&2.into(), &4.into())
    );
    assert_eq!(groups[0]["fingerprint"].as_str().unwrap().len(), 32);
    let of_bob = json(folder.path(), &["errors", "--user", "bob"]);
    assert_eq!(of_bob.as_array().unwrap().len(), 1);
    assert_eq!(of_bob[0]["users"], 2, "the counts cover the whole group");

    let empty = tempfile::tempdir().unwrap();
    drop(Store::open(empty.path().join("whose.db")).unwrap());
    assert_eq!(wide(empty.path(), &["errors"]), "no errors\n");
}

#[test]
fn coverage_table_separates_reasons_and_global_users() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(subscriber, || {
        let work = || drop(tracing::info_span!("work").entered());
        whose::Scope::isolated().in_scope(work);
        whose::anonymous().in_scope(work);
        (0..2).for_each(|_| work());
        let _global = whose::testing::isolate_global();
        whose::global().set_user("admin");
        work();
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    let table = wide(folder.path(), &["coverage"]);
    let site = line(&table, FILE_OF_THIS_TEST);
    assert_eq!(
        site[2..],
        [
            "work",
            "commands",
            "5",
            "3 (60%)",
            "5 (100%)",
            "no scope 2, anonymous 1, unset 1",
            "1"
        ],
        "{table}"
    );
    for meant in [
        "\nno scope: ",
        "\nunset: ",
        "\nanonymous: the current scope is explicitly anonymous\n",
    ] {
        assert!(table.contains(meant), "{table}");
    }
}

const FILE_OF_THIS_TEST: &str = file!();

#[test]
fn store_path_from_environment_works_while_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in-use.db");
    let store = Store::open(&path).unwrap();
    for round in 1..=2 {
        record(&store);
        assert!(store.flush(Duration::from_secs(60)).is_complete());
        let mut command = Command::new(env!("CARGO_BIN_EXE_whose"));
        let output = command
            .args(["users", "--json"])
            .env("WHOSE_DB", &path)
            .output()
            .unwrap();
        let users: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(users[2]["spans"], round);
    }
}

#[test]
fn help_lists_every_command_with_examples() {
    let folder = tempfile::tempdir().unwrap();
    let help = stdout(folder.path(), &["--help"]);
    for word in [
        "users",
        "audit",
        "sessions",
        "cost",
        "errors",
        "coverage",
        "search",
        "--db",
        "--json",
        "Examples:",
    ] {
        assert!(help.contains(word), "{help}");
    }
}

#[test]
fn audit_shows_late_records_and_unattributed_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(subscriber, || {
        whose::Scope::isolated().in_scope(|| {
            tracing::info!("started processing request");
            whose::set_user("alice");
            tracing::info!("hers");
        });
        tracing::info!("in a bare task");
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());

    let table = wide(folder.path(), &["audit", "--user", "alice"]);
    assert!(
        table.contains("started processing request  late"),
        "{table}"
    );
    let trail = json(folder.path(), &["audit", "--user", "alice"]);
    assert_eq!(trail[0]["user_source"], "late");
    assert_eq!(trail[0]["unattributed"], "unset");
    assert_eq!(trail.as_array().unwrap().len(), 2);

    let table = wide(folder.path(), &["users"]);
    assert!(table.contains("before login"), "{table}");
    let table = wide(folder.path(), &["unattributed"]);
    assert!(
        table.contains("in a bare task") && table.contains("no scope"),
        "{table}"
    );
    assert!(!table.contains("started processing"), "{table}");
    let none = json(folder.path(), &["unattributed", "--reason", "unset"]);
    assert_eq!(none, serde_json::json!([]));
    let none = wide(folder.path(), &["unattributed", "--reason", "unset"]);
    assert_eq!(none, "no record without a user has the reason unset\n");
}

#[test]
fn backup_states_records_and_size_also_as_json() {
    let folder = support::folder();
    let line = stdout(folder.path(), &["backup", "first.db"]);
    assert!(line.starts_with("first.db: 7 records, "), "{line}");
    assert!(line.ends_with(" kB\n"), "{line}");
    let report = json(folder.path(), &["backup", "second.db"]);
    assert_eq!(report["path"], "second.db");
    assert_eq!(report["records"], 7);
    let copy = std::fs::metadata(folder.path().join("second.db")).unwrap();
    assert_eq!(report["bytes"], copy.len());
}

#[test]
fn unattributed_with_unknown_reason_is_refused() {
    let folder = support::folder();
    for reason in ["no-scope", "anonymous"] {
        let output = support::whose(folder.path(), &["unattributed", "--reason", reason]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains("no_scope, global_only, no_isolated_scope, unset"),
            "{stderr}"
        );
    }
}
