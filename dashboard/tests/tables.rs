//! Tables obey the width, the limit and the time range, with the real binary and a real store.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use support::{as_alice, folder, json, line, record_into, stdout, store_of, whose, wide};
use tracing::{info, info_span};
use whose::{Service, User};

const LONG: &str = "0123456789abcdef0123456789abcdef0123456789abcdef-the-end";

#[test]
fn every_table_fits_80_columns_or_is_wide_and_complete() {
    let folder = store_of(
        |it| it,
        || {
            let user = User::new(LONG).with_email(format!("{LONG}@example.com"));
            let user = user.with_full_name(format!("日本語 {LONG}"));
            whose::user(user)
                .session(format!("session-{LONG}"))
                .in_scope(|| {
                    drop(info_span!("a long name of a span", path = LONG).entered());
                    info!(
                        text = LONG,
                        "a message that is much longer than a line of a terminal is, {LONG}"
                    );
                    whose::usage(LONG).input_tokens(1_000_000_000).record();
                    let week = Duration::from_secs(604_800);
                    drop(whose::monitor(LONG).every(week).max(week).start());
                    whose::capture_error(&std::io::Error::other(format!("{LONG} {LONG}")));
                    let conversation = whose::conversation(format!("thread-{LONG}"));
                    conversation.in_scope(|| whose::score(LONG, LONG).comment(LONG).record());
                });
            info!("nobody's {LONG}");
        },
    );
    let commands = [
        &["users"][..],
        &["audit", "--user", LONG],
        &["audit", "--session", &format!("session-{LONG}")],
        &["audit", "--conversation", &format!("thread-{LONG}")],
        &["sessions"],
        &["scores"],
        &["cost"],
        &["cost", "--by", "model"],
        &["cost", "--by", &format!("tag:{LONG}-{LONG}")],
        &["errors"],
        &["jobs"],
        &["jobs", "--until", "2100-01-01"],
        &["coverage"],
        &["unattributed"],
        &["search", "the"],
    ];
    for command in commands {
        let table = stdout(folder.path(), command);
        let rows = table.split("\n\n").next().unwrap();
        for line in rows.lines() {
            // Each character of the full name has two columns.
            let width = line.chars().count() + 3;
            assert!(width <= 80 + 3, "{command:?}: {width}\n{table}");
        }
        let wide = wide(folder.path(), command);
        let first = wide.split("\n\n").next().unwrap();
        assert!(
            first.contains(LONG) || command == ["coverage"],
            "{command:?}:\n{wide}"
        );
    }
    let users = stdout(folder.path(), &["users"]);
    assert!(
        users.contains("0123456789abcdef01…789abcdef-the-end"),
        "{users}"
    );
    let narrow = Command::new(env!("CARGO_BIN_EXE_whose"))
        .args(["users"])
        .current_dir(folder.path())
        .env_remove("WHOSE_DB")
        .env("COLUMNS", "50")
        .output()
        .unwrap();
    let narrow = String::from_utf8(narrow.stdout).unwrap();
    let rows = narrow.split("\n\n").next().unwrap();
    assert!(
        rows.lines().all(|line| line.chars().count() <= 50),
        "{narrow}"
    );
}

#[test]
fn service_column_appears_with_several_services() {
    let of = |name: &'static str| move |it: whose::Layer| it.with_service(Service::new(name));
    let folder = store_of(of("desk"), || as_alice(|| info!("one")));
    let trail = stdout(folder.path(), &["audit", "--user", "alice"]);
    assert!(!trail.contains("desk"), "{trail}");
    record_into(folder.path(), of("shop"), || as_alice(|| info!("two")));
    let trail = stdout(folder.path(), &["audit", "--user", "alice"]);
    assert!(trail.contains("desk") && trail.contains("shop"), "{trail}");
}

#[test]
fn audit_of_session_lists_its_records() {
    let folder = folder();
    let trail = wide(folder.path(), &["audit", "--session", "s-1"]);
    assert!(
        trail.contains("looks it up") && trail.ends_with("4 records of s-1\n"),
        "{trail}"
    );
    assert_eq!(
        json(folder.path(), &["audit", "--session", "s-2"])[0]["user"],
        "bob"
    );
    for arguments in [
        &["audit"][..],
        &["audit", "--user", "alice", "--session", "s-1"],
    ] {
        let output = whose(folder.path(), arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("--session"), "{error}");
    }
}

#[test]
fn search_suggests_command_for_user_or_session() {
    let folder = folder();
    for (word, hint) in [
        (
            "Alice@example.com",
            "is the email address of the user alice: `whose audit --user alice`",
        ),
        ("alice", "alice is a user: `whose audit --user alice`"),
        ("s-2", "s-2 is a session: `whose audit --session s-2`"),
    ] {
        let table = wide(folder.path(), &["search", word]);
        assert!(
            table.contains("no record contains ") && table.contains(hint),
            "{word}:\n{table}"
        );
        let output = whose(folder.path(), &["search", word, "--json"]);
        assert_eq!(output.stdout, b"[]\n");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(hint), "{error}");
    }
}

#[test]
fn table_stops_at_limit_and_counts_rest() {
    let folder = store_of(
        |it| it,
        || {
            for number in 0..1_003 {
                whose::user(number).in_scope(|| info!("x"));
            }
        },
    );
    let users = stdout(folder.path(), &["users"]);
    assert!(
        users.ends_with("\n… 3 more: --limit 0 prints all\n"),
        "{users}"
    );
    let all = stdout(folder.path(), &["users", "--limit", "0"]);
    assert!(all.ends_with("\n1,003 users, 1,003 records\n"), "{all}");
    assert_eq!(
        json_len(folder.path(), &["users", "--limit", "0"]),
        (1_003, String::new())
    );
    let (rows, error) = json_len(folder.path(), &["users", "--limit", "2"]);
    assert_eq!(
        (rows, &*error),
        (2, "whose: … 1,001 more: --limit 0 prints all\n")
    );
    for command in ["sessions", "coverage", "errors", "cost", "unattributed"] {
        let none = stdout(folder.path(), &[command, "--until", "2001-01-01"]);
        assert!(!none.contains("more:"), "{command}: {none}");
    }
    let (rows, _) = json_len(
        folder.path(),
        &["search", "x", "--since", "1h", "--limit", "7"],
    );
    assert_eq!(rows, 7);
    let (rows, _) = json_len(folder.path(), &["search", "x", "--until", "1h"]);
    assert_eq!(rows, 0);
}

/// The length of the JSON array, and stderr.
fn json_len(folder: &Path, arguments: &[&str]) -> (usize, String) {
    let output = whose(folder, &[arguments, &["--json"]].concat());
    let array: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    (array.as_array().unwrap().len(), error)
}

#[test]
fn invalid_time_option_error_lists_formats() {
    let folder = folder();
    for (arguments, message) in [
        (&["users", "--since", "yesterday"][..], "`2h`, `30d`"),
        (
            &["users", "--since", "1h", "--until", "2h"],
            "--since is not before --until",
        ),
    ] {
        let output = whose(folder.path(), arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn advice_fits_80_columns_unless_wide() {
    let folder = folder();
    let advice = whose::UnattributedReason::NoScope.advice();
    for command in [&["coverage"][..], &["coverage", "--fail-under", "1"]] {
        let table = stdout(folder.path(), command);
        assert!(
            table.lines().all(|line| line.chars().count() <= 80),
            "{table}"
        );
        assert!(wide(folder.path(), command).contains(advice), "{table}");
    }
}

#[test]
fn loss_is_printed_below_table_and_on_stderr() {
    let folder = folder();
    let losses: String = (0..7)
        .map(|number| format!("INSERT INTO losses VALUES (NULL, {number}000000000, {number}500000000, 12, 'queue full');"))
        .collect();
    rusqlite::Connection::open(folder.path().join("whose.db"))
        .unwrap()
        .execute_batch(&losses)
        .unwrap();
    let warning = "incomplete: 12 records lost from 1970-01-01T00:00:01.000Z to \
                1970-01-01T00:00:01.500Z: queue full\n";
    let rest = "incomplete: 24 records lost later, at 2 times\n";
    for command in [
        &["users"][..],
        &["audit", "--user", "alice"],
        &["sessions"],
        &["cost"],
        &["errors"],
        &["coverage"],
        &["unattributed"],
        &["search", "looks"],
    ] {
        let output = whose(folder.path(), &[command, &["--wide"]].concat());
        let (out, error) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        assert!(
            out.contains(warning) && out.ends_with(rest),
            "{command:?}: {out}"
        );
        assert!(
            error.contains(&format!("whose: {warning}")),
            "{command:?}: {error}"
        );
        let output = whose(folder.path(), &[command, &["--json"]].concat());
        assert!(
            !output.stdout.is_empty() && !out.contains("whose: "),
            "{out}"
        );
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(warning), "{command:?}: {error}");
        let later = [command, &["--since", "1h"]].concat();
        assert!(!stdout(folder.path(), &later).contains("incomplete"));
    }
}

#[test]
fn closed_output_pipe_ends_command_quietly() {
    let folder = store_of(
        |it| it,
        || as_alice(|| (0..3_000).for_each(|step| info!(step, "much to say"))),
    );
    for arguments in [
        &["audit", "--user", "alice", "--limit", "0"][..],
        &["audit", "--user", "alice", "--limit", "0", "--json"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_whose"))
            .args(arguments)
            .current_dir(folder.path())
            .env_remove("WHOSE_DB")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let mut out = BufReader::with_capacity(64, child.stdout.take().unwrap());
        out.read_line(&mut first).unwrap();
        assert!(first.starts_with("time") || first == "[\n", "{first}");
        drop(out);
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
    let users = wide(folder.path(), &["users"]);
    assert_eq!(line(&users, "alice")[3], "1");
}
