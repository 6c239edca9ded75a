//! Each view of a person by `whose mcp` is in the access log, or shows nothing.
#![cfg(feature = "mcp")]
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::process::Command;
use std::thread;

use rusqlite::Connection;
use serde_json::json;
use support::agents::agents;
use support::mcp::{McpSession, mcp_command};
use support::{access_rows, stdout, whose, without_disk};

#[test]
fn each_view_of_a_person_adds_a_row() {
    let folder = agents();
    let path = folder.path();
    let mut session = McpSession::start(path, &["--reason", "ticket 4711"]);
    let found = session.json("search", json!({ "q": "order alice" }));
    let record = found["records"][0].clone();
    assert!(access_rows(path).is_empty());

    let of_alice = [
        ("user", json!({ "id": "alice" })),
        ("audit", json!({ "id": "alice" })),
        ("sessions", json!({ "user": "alice" })),
        ("session", json!({ "id": "visit of alice" })),
        (
            "trace",
            json!({ "id": record["trace_id"], "near": record["id"] }),
        ),
        ("record", json!({ "id": record["id"] })),
        ("search", json!({ "q": "user:alice" })),
        ("scores", json!({ "user": "alice" })),
        ("errors", json!({ "user": "alice" })),
        ("cost", json!({ "only": { "user": "alice" } })),
        ("cost_over_time", json!({ "only": { "user": "alice" } })),
        ("graph", json!({ "user": "alice" })),
    ];
    for (tool, arguments) in of_alice.clone() {
        let before = access_rows(path).len();
        session.call(tool, arguments);
        let rows = access_rows(path).split_off(before);
        assert_eq!(rows.len(), 1, "{tool}: {rows:?}");
        let row: Vec<_> = rows[0][1..].iter().map(String::as_str).collect();
        assert_eq!(row, ["mcp", tool, "alice", "ticket 4711"]);
        let account = Command::new("id").arg("-un").output().unwrap().stdout;
        let account = String::from_utf8(account).unwrap();
        let viewer = &rows[0][0];
        assert!(
            viewer.starts_with(account.trim()) || viewer.ends_with("(sudo)"),
            "{viewer}"
        );
    }
    session.call("user", json!({ "id": "bob", "reason": "ticket 12" }));
    let rows = access_rows(path);
    let last: Vec<_> = rows.last().unwrap()[1..]
        .iter()
        .map(String::as_str)
        .collect();
    assert_eq!(last, ["mcp", "user", "bob", "ticket 12"]);

    for (tool, arguments) in [
        ("users", json!({})),
        ("sessions", json!({})),
        ("search", json!({ "q": "plans" })),
        ("unattributed", json!({ "reason": "no_scope" })),
        ("errors", json!({})),
        ("cost", json!({})),
        ("cost_over_time", json!({})),
        ("graph", json!({})),
        ("coverage", json!({})),
        ("scores", json!({})),
        ("jobs", json!({})),
        ("health", json!({})),
    ] {
        session.call(tool, arguments);
    }
    assert_eq!(access_rows(path).len(), of_alice.len() + 1);
    stdout(path, &["accesses", "--verify"]);
}

#[test]
fn required_reason_is_asked_for_before_a_person_is_shown() {
    let folder = agents();
    let mut session = McpSession::start(folder.path(), &["--require-reason"]);
    for arguments in [
        json!({ "id": "alice" }),
        json!({ "id": "alice", "reason": " " }),
    ] {
        for tool in ["user", "audit"] {
            let error = session.failure(tool, arguments.clone());
            assert!(error.contains("as the argument `reason`"), "{error}");
        }
    }
    session.call("users", json!({}));
    assert!(access_rows(folder.path()).is_empty());
    session.call("user", json!({ "id": "alice", "reason": "ticket 12" }));
    assert_eq!(access_rows(folder.path())[0][4], "ticket 12");
}

#[test]
fn unknown_and_forgotten_users_are_not_shown() {
    let folder = agents();
    let path = folder.path();
    let mut session = McpSession::start(path, &[]);
    session.failure("user", json!({ "id": "carol" }));
    session.call("user", json!({ "id": "alice" }));
    stdout(path, &["forget", "--user", "alice", "--yes"]);
    let rows = access_rows(path).len();
    for tool in ["user", "audit"] {
        let error = session.failure(tool, json!({ "id": "alice" }));
        assert!(error.contains("the store has no user \"alice\""), "{error}");
    }
    let found = session.json("search", json!({ "q": "alice" }));
    assert_eq!(found["records"], json!([]));
    assert_eq!(access_rows(path).len(), rows);
    stdout(path, &["accesses", "--verify"]);
}

#[test]
fn view_that_cannot_be_logged_is_not_shown() {
    let folder = agents();
    let path = folder.path();
    // An open connection keeps the shared memory of the log, which a reader needs.
    let file = Connection::open(path.join("whose.db")).unwrap();
    file.execute_batch("BEGIN IMMEDIATE; UPDATE flushes SET count = count + 1; COMMIT")
        .unwrap();
    let mut session = McpSession::spawn(without_disk(&mcp_command(path, &[])));
    for (tool, arguments) in [
        ("user", json!({ "id": "alice" })),
        ("audit", json!({ "id": "alice" })),
        ("graph", json!({ "user": "alice" })),
    ] {
        let error = session.failure(tool, arguments);
        assert!(error.contains("the view cannot be logged"), "{error}");
        assert!(!error.contains("planner"), "{error}");
    }
    // Lists of all users need no row, and no byte of the file.
    session.call("users", json!({}));
    session.call("cost", json!({}));
    assert!(access_rows(path).is_empty());
}

#[test]
fn sessions_at_once_share_one_log() {
    let folder = agents();
    let path = folder.path();
    let mut sessions = ["one", "two"].map(|reason| McpSession::start(path, &["--reason", reason]));
    let [first, second] = &mut sessions;
    thread::scope(|scope| {
        for (session, user) in [(first, "alice"), (second, "bob")] {
            scope.spawn(move || {
                for _ in 0..20 {
                    let text = session.call("audit", json!({ "id": user })).text;
                    assert!(text.starts_with(&format!("user {user}\n")), "{text}");
                }
            });
        }
    });
    let rows = access_rows(path);
    let of = |reason: &str| rows.iter().filter(|row| row[4] == reason).count();
    assert_eq!((of("one"), of("two"), rows.len()), (20, 20, 40));
    stdout(path, &["accesses", "--verify"]);
    for session in sessions {
        assert_eq!(session.end().0, Some(0));
    }
    assert!(whose(path, &["check"]).status.success());
}
