//! The commands `live`, `replay` and `health` show what the pages of these names show.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use support::{access_rows, as_alice, folder, json, record_into, stdout, store_of, whose, wide};
use tracing::{info, info_span};

/// A running `whose live`. Stops when it is dropped.
struct Live {
    process: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Live {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_whose"))
            .arg("live")
            .args(arguments)
            .current_dir(folder)
            .env_remove("WHOSE_DB")
            .env_remove("COLUMNS")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// Stops the command, and returns what it wrote to stderr.
    fn stop(mut self) -> String {
        self.process.kill().unwrap();
        let mut text = String::new();
        let mut stderr = self.process.stderr.take().unwrap();
        stderr.read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Writes records of bob, with one of alice after each `every`.
fn write_mixed(folder: &Path, alices: usize, every: usize) {
    record_into(
        folder,
        |layer| layer,
        || {
            for number in 0..alices {
                whose::user("bob").in_scope(|| (0..every).for_each(|_| info!("noise")));
                as_alice(|| info!("line {number}"));
            }
        },
    );
}

#[test]
fn live_prints_the_last_records_and_each_new_one_once() {
    let folder = folder();
    let mut live = Live::start(folder.path(), &["--last", "1"]);
    assert!(live.line().ends_with("nobody's"));
    for number in 0..3 {
        record_into(
            folder.path(),
            |layer| layer,
            || {
                as_alice(|| info!("line {number}"));
            },
        );
        let line = live.line();
        assert!(
            line.ends_with(&format!("alice             line {number}")),
            "{line}"
        );
    }
}

#[test]
fn live_of_a_user_prints_every_record_among_many_of_others() {
    let folder = folder();
    let mut live = Live::start(folder.path(), &["--user", "alice", "--last", "1", "--json"]);
    let first: Value = serde_json::from_str(&live.line()).unwrap();
    assert_eq!(first["name"], "answer");
    write_mixed(folder.path(), 30, 400);
    for number in 0..30 {
        let record: Value = serde_json::from_str(&live.line()).unwrap();
        assert_eq!(record["user"], "alice");
        assert_eq!(record["message"], format!("line {number}"));
    }
    assert_eq!(live.stop(), "");
    let rows = access_rows(folder.path());
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][1..4], ["command", "live", "alice"]);
}

#[test]
fn live_of_a_class_prints_no_other_class() {
    let folder = folder();
    let mut live = Live::start(folder.path(), &["--class", "error", "--class", "model"]);
    for class in ["model", "error", "model"] {
        let line = live.line();
        assert_eq!(line.split("  ").nth(1), Some(class), "{line}");
    }
}

#[test]
fn live_states_how_many_records_came_too_fast() {
    let folder = folder();
    let mut live = Live::start(folder.path(), &["--last", "1"]);
    live.line();
    write_mixed(folder.path(), 1, 6_000);
    while !live.line().ends_with("line 0") {}
    let warning = live.stop();
    assert!(
        warning.contains("more records came faster than this command prints"),
        "{warning}"
    );
}

#[cfg(unix)] // Elsewhere an open file cannot be taken away.
#[test]
fn live_follows_the_file_that_replaces_the_store() {
    let folder = folder();
    let other = store_of(|layer| layer, || as_alice(|| info!("in the other file")));
    let mut live = Live::start(folder.path(), &["--last", "1", "--user", "alice"]);
    live.line();
    let file = |folder: &Path| folder.join("whose.db");
    std::fs::rename(file(folder.path()), folder.path().join("old.db")).unwrap();
    std::fs::rename(file(other.path()), file(folder.path())).unwrap();
    assert!(live.line().ends_with("in the other file"));
    assert!(live.stop().contains("another file"));
    // The access log of each file has the view.
    for file in ["old.db", "whose.db"] {
        let rows = json(folder.path(), &["accesses", "--db", file]);
        let views = rows.as_array().unwrap();
        assert_eq!(views.len(), 1, "{file}: {views:?}");
        assert_eq!(views[0]["view"], "live", "{file}");
        assert_eq!(views[0]["user"], "alice", "{file}");
    }
}

#[test]
fn live_without_a_store_says_how_to_name_one() {
    let folder = tempfile::tempdir().unwrap();
    let output = whose(folder.path(), &["live"]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("--db FILE"), "{error}");
}

/// A session of two users: alice's request, and bob's work inside.
fn shared_session() -> tempfile::TempDir {
    store_of(
        |layer| layer,
        || {
            whose::user("alice").session("shared").in_scope(|| {
                info_span!("request").in_scope(|| {
                    whose::user("bob").session("shared").in_scope(|| {
                        info_span!("work").in_scope(|| {
                            std::thread::sleep(Duration::from_millis(5));
                            info!("half way");
                        });
                    });
                });
            });
        },
    )
}

#[test]
fn replay_of_a_session_indents_each_record_below_its_span() {
    let folder = shared_session();
    let text = wide(folder.path(), &["replay", "--session", "shared"]);
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[0].starts_with("trace ") && lines[0].contains(": 3 records"),
        "{text}"
    );
    let what = ["  span: request", "    span: work", "      log: half way"];
    let users = ["  alice  ", "  bob    ", "  bob    "];
    for ((line, what), user) in lines[2..].iter().zip(what).zip(users) {
        assert!(line.contains(what) && line.contains(user), "{text}");
        assert!(line.contains('━') || line.contains('•'), "{text}");
    }
    assert!(text.ends_with("3 records in 1 trace\n"), "{text}");
    let narrow = stdout(folder.path(), &["replay", "--session", "shared"]);
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 80),
        "{narrow}"
    );
}

#[test]
fn replay_at_a_time_shows_who_was_current() {
    let folder = shared_session();
    let records = json(folder.path(), &["replay", "--session", "shared"]);
    for record in records.as_array().unwrap() {
        let time = record["time"].as_str().unwrap();
        let arguments = ["replay", "--session", "shared", "--at", time];
        let moment = json(folder.path(), &arguments);
        assert_eq!(moment["current"]["id"], record["id"]);
        let text = stdout(folder.path(), &arguments);
        let user = format!(
            "user          {}, from scope",
            record["user"].as_str().unwrap()
        );
        assert!(text.contains(&user), "{text}");
    }
}

#[test]
fn replay_of_a_trace_has_the_records_of_the_trace() {
    let folder = shared_session();
    let records = json(folder.path(), &["replay", "--session", "shared"]);
    let trace = records[0]["trace_id"].as_str().unwrap();
    assert_eq!(json(folder.path(), &["replay", "--trace", trace]), records);
    let neither = whose(folder.path(), &["replay"]);
    assert_eq!(neither.status.code(), Some(2));
}

#[test]
fn trail_of_several_users_adds_a_row_for_each_before_they_are_shown() {
    for arguments in [
        &["audit", "--session", "shared"][..],
        &["audit", "--session", "shared", "--json"],
        &["replay", "--session", "shared"],
    ] {
        let folder = shared_session();
        let arguments = [arguments, &["--reason", "case 9"]].concat();
        stdout(folder.path(), &arguments);
        let rows = access_rows(folder.path());
        let logged: Vec<_> = rows
            .iter()
            .map(|row| [&*row[2], &*row[3], &*row[4]])
            .collect();
        let view = arguments[0];
        let expected = [[view, "alice", "case 9"], [view, "bob", "case 9"]];
        assert_eq!(logged, expected, "{arguments:?}");
    }
}

#[test]
fn health_states_sizes_losses_and_counters() {
    let folder = folder();
    record_into(folder.path(), |layer| layer, || whose::set_user("alice"));
    let text = wide(folder.path(), &["health"]);
    for part in [
        "size of the data      ",
        "records ever written  7",
        "lost records          0",
        "writes.refused        ",
        "open a scope for the request",
    ] {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
    let narrow = stdout(folder.path(), &["health"]);
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 80),
        "{narrow}"
    );
    let report = json(folder.path(), &["health"]);
    assert_eq!(report["records_written"], 7);
    assert_eq!(report["losses"], serde_json::json!([]));
}
