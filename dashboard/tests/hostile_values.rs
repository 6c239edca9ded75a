//! The real binary with hostile values in every column: tables escape them, and JSON round-trips
//! them.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fmt;
use std::time::Duration;

use support::{json, stdout, wide};
use tempfile::TempDir;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::{Breadcrumb, Limits, RecordSink as _, User};
use whose_store::Store;

/// Texts that clear the screen, set its title, forge lines, reverse text, hide, or quote.
const HOSTILE: [&str; 6] = [
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "a\r\nusr_root  2026-01-01\t\u{85}\u{2028}",
    "\u{9b}31m\u{7f}\u{8}",
    "\u{202e}txt.exe\u{2066}\u{200f}",
    "\u{200b}\u{feff}\u{ad}\u{e0041}",
    "\"; DROP TABLE users; --' \\u0041 {}%s",
];

/// Whether a terminal obeys, hides or reorders the character.
fn terminal_obeys(c: char) -> bool {
    c != '\n' && c.is_control()
        || "\u{ad}\u{200b}\u{200f}\u{202e}\u{2028}\u{2066}\u{feff}\u{e0041}".contains(c)
}

#[derive(Debug)]
struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

/// A store with the text in every column.
fn store_of(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(subscriber, || {
        let user = User::new(text)
            .with_email(text)
            .with_username(text)
            .with_full_name(text)
            .with_ip_address(text)
            .with_segment(text)
            .with_attr(text, text);
        let scope = whose::user(user).session(text).tag("tag", text);
        let scope = scope.extra(text, text).context(text, text);
        scope.in_scope(|| {
            whose::add_breadcrumb(Breadcrumb::new(text).with_data(text, text));
            info_span!("span", field = text).in_scope(|| info!(field = text, "{text}"));
            let usage = whose::usage(text).provider(text).response_model(text);
            usage.input_tokens(1_000).record();
            whose::Scope::isolated().in_scope(|| {
                whose::flag(text, text);
                whose::capture_error(&Failed(text.to_owned()));
            });
        });
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    folder
}

fn commands(user: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["users"],
        vec!["audit", "--user", user],
        vec!["sessions"],
        vec!["sessions", "--user", user],
        vec!["cost", "--by", "user"],
        vec!["cost", "--by", "model"],
        vec!["cost", "--by", "session"],
        vec!["cost", "--by", "tag:tag"],
        vec!["cost", "--by", "provider", "--user", user],
        vec!["cost", "--by", "model", "--over", "day"],
        vec!["graph"],
        vec!["graph", "--user", user, "--session", user],
        vec!["errors"],
        vec!["coverage"],
        vec!["search", "span"],
        vec!["search", "--user", user, "--", user],
    ]
}

#[test]
fn every_table_escapes_hostile_values() {
    for text in HOSTILE {
        let folder = store_of(text);
        for command in commands(text) {
            let table = stdout(folder.path(), &command);
            assert!(!table.contains(terminal_obeys), "{command:?}: {table:?}");
            let json = stdout(folder.path(), &[&command[..], &["--json"]].concat());
            assert!(!json.contains(terminal_obeys), "{command:?}: {json:?}");
        }
        // A forged line would be an additional one.
        let users = wide(folder.path(), &["users"]);
        assert_eq!(users.lines().count(), 4, "{users}");
    }
}

#[test]
fn json_round_trips_hostile_values() {
    for text in HOSTILE {
        let folder = store_of(text);
        let users = json(folder.path(), &["users"]);
        assert_eq!(users[0]["id"], text);
        assert_eq!(users[0]["email"], text);
        let trail = json(folder.path(), &["audit", "--user", text]);
        let records = trail.as_array().unwrap();
        assert_eq!(records.len(), 4);
        for record in records {
            assert_eq!(record["session"], text, "{record}");
        }
        assert!(records.iter().any(|record| record["message"] == text));
        let cost = json(folder.path(), &["cost", "--by", "tag:tag"]);
        assert_eq!(cost["rows"][0]["key"], text);
    }
}

#[test]
fn nul_is_stored_and_printed_escaped() {
    let folder = store_of("a\0b");
    let users = wide(folder.path(), &["users"]);
    assert!(
        users.contains(r#""a\u{0}b""#) && !users.contains('\0'),
        "{users:?}"
    );
    assert_eq!(json(folder.path(), &["users"])[0]["id"], "a\0b");
}

#[test]
fn megabyte_values_print_a_short_table() {
    let text = "é\u{1b}".repeat(350_000);
    let folder = store_of(&text);
    let users = json(folder.path(), &["users"]);
    let id = users[0]["id"].as_str().unwrap();
    assert!(id.len() <= Limits::ID_BYTES);
    for command in commands(id) {
        let table = stdout(folder.path(), &command);
        // At most six characters for each hidden one of the model's 8 KiB.
        assert!(table.len() < 200_000, "{command:?}: {}", table.len());
        assert!(!table.contains('\u{1b}'));
    }
    let file = folder.path().join("whose.db");
    assert!(std::fs::metadata(file).unwrap().len() < 1_000_000);
}

#[test]
fn ids_that_look_alike_are_two_users() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    let ids = ["a", "a\u{200b}", " a", "a\n", r#""a\n""#, "\u{430}"];
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(subscriber, || {
        for id in ids {
            whose::user(id).in_scope(|| info!("x"));
        }
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    let users = stdout(folder.path(), &["users"]);
    assert!(users.contains("6 users, 6 records"), "{users}");
    for id in ids {
        let trail = json(folder.path(), &["audit", "--user", id]);
        assert_eq!(trail.as_array().unwrap().len(), 1, "{id:?}");
    }
}
