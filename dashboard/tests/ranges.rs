//! Every query obeys `--since`, `--until` and `--limit`, and orders by time.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;

use serde_json::Value;
use support::{as_alice, json, record_into, stdout, store_of, whose};
use tempfile::TempDir;
use tracing::{info, info_span};

/// Records of every type, each from a call site of its own.
macro_rules! records {
    ($when:literal) => {
        whose::user(concat!($when, "-user"))
            .session(concat!($when, "-session"))
            .in_scope(|| {
                drop(info_span!(concat!($when, "-span")));
                whose::usage(concat!($when, "-model"))
                    .input_tokens(1)
                    .output_tokens(1)
                    .record();
                whose::capture_message(concat!($when, "-error"));
            });
        whose::session("shared")
            .conversation("thread")
            .in_scope(|| info!(concat!("word ", $when, "-nobody")));
        whose::user(concat!($when, "-user")).in_scope(|| {
            let agent = info_span!(
                "agent",
                gen_ai.operation.name = "invoke_agent",
                gen_ai.agent.name = concat!($when, "-agent")
            );
            let tool = info_span!(
                parent: &agent,
                "tool",
                mcp.method.name = "tools/call",
                gen_ai.tool.name = concat!($when, "-tool")
            );
            tool.in_scope(|| whose::usage("m").input_tokens(1).record());
            whose::score("helpful", 1).comment(concat!($when, "-comment")).record();
        });
    };
}

/// A store with early and late records, and the time between them.
fn early_and_late() -> (TempDir, String) {
    let folder = store_of(
        |it| it,
        || {
            records!("early");
        },
    );
    // The records of two stores do not overlap in time.
    record_into(
        folder.path(),
        |it| it,
        || {
            records!("late");
        },
    );
    let late = json(folder.path(), &["audit", "--user", "late-user"]);
    let between = late[0]["time"].as_str().unwrap().to_owned();
    (folder, between)
}

const QUERIES: [&[&str]; 15] = [
    &["users"],
    &["audit", "--session", "shared"],
    &["sessions"],
    &["cost"],
    &["cost", "--by", "model"],
    &["cost", "--by", "session"],
    &["cost", "--by", "agent"],
    &["cost", "--by", "tool"],
    &["audit", "--conversation", "thread"],
    &["scores"],
    &["scores", "--name", "helpful"],
    &["errors"],
    &["coverage"],
    &["unattributed"],
    &["search", "word"],
];

/// The rows of a query as JSON.
fn rows(folder: &Path, query: &[&str], options: &[&str]) -> Vec<Value> {
    let output = whose(folder, &[query, options, &["--json"]].concat());
    assert!(output.status.success(), "{query:?}: {output:?}");
    let mut answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = answer.get_mut("rows").map(Value::take).unwrap_or(answer);
    rows.as_array().unwrap().clone()
}

#[test]
fn every_query_obeys_since_and_until() {
    let (folder, between) = early_and_late();
    for query in QUERIES {
        for (options, expected, other) in [
            (["--since", &between], "late", "early"),
            (["--until", &between], "early", "late"),
        ] {
            let text = format!("{:?}", rows(folder.path(), query, &options));
            let has = |when: &str| {
                let words = [
                    "user", "session", "span", "model", "error", "nobody", "agent", "tool",
                ];
                words
                    .iter()
                    .any(|word| text.contains(&format!("{when}-{word}")))
            };
            if query == ["coverage"] {
                // The call site of an event has no message.
                assert_eq!(rows(folder.path(), query, &options).len(), 7, "{text}");
                continue;
            }
            assert!(
                has(expected) && !has(other),
                "{query:?} {options:?}: {text}"
            );
        }
    }
    let none = stdout(
        folder.path(),
        &["audit", "--user", "early-user", "--since", &between],
    );
    assert_eq!(none, "0 records of early-user\n");
}

#[test]
fn every_query_stops_at_limit() {
    let (folder, _) = early_and_late();
    for query in QUERIES {
        assert!(rows(folder.path(), query, &[]).len() >= 2, "{query:?}");
        assert_eq!(
            rows(folder.path(), query, &["--limit", "1"]).len(),
            1,
            "{query:?}"
        );
        let table = stdout(folder.path(), &[query, &["--limit", "1"]].concat());
        assert!(
            table.contains(" more: --limit 0 prints all\n"),
            "{query:?}: {table}"
        );
    }
}

#[test]
fn trail_is_ordered_by_time_and_not_by_number() {
    let folder = store_of(
        |it| it,
        || {
            let _thread = whose::conversation("thread").enter();
            as_alice(|| {
                let outer = info_span!("outer").entered();
                let inner = info_span!("inner").entered();
                info!("in both");
                // A span is written, and numbered, at its end.
                drop((inner, outer));
            });
        },
    );
    for query in [
        ["audit", "--user", "alice"],
        ["audit", "--session", "s-1"],
        ["audit", "--conversation", "thread"],
    ] {
        let trail = rows(folder.path(), &query, &[]);
        let ids: Vec<_> = trail
            .iter()
            .map(|record| record["id"].as_i64().unwrap())
            .collect();
        assert_eq!(ids, [3, 2, 1], "{query:?}");
        let times: Vec<_> = trail
            .iter()
            .map(|record| record["time"].as_str().unwrap())
            .collect();
        assert!(times.is_sorted(), "{query:?}: {times:?}");
        let table = stdout(folder.path(), &query);
        let position = |name: &str| table.find(name).unwrap();
        assert!(position("outer") < position("inner") && position("inner") < position("in both"));
    }
}

#[test]
fn range_is_refused_where_nothing_is_queried() {
    let (folder, between) = early_and_late();
    let copy = folder.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    for command in [
        &["forget", "--user", "early-user", "--yes"][..],
        &["keep", "--days", "1"],
        &["backup", copy],
    ] {
        for option in ["--since", "--until"] {
            let output = whose(folder.path(), &[command, &[option, &between]].concat());
            let error = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{command:?}: {error}");
            assert!(error.contains("takes no --since and no --until"), "{error}");
        }
    }
    assert_eq!(rows(folder.path(), &["users"], &[]).len(), 2);
    assert!(!Path::new(copy).exists());
}
