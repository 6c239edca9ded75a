//! A store with records of every type, and the binary.
#![allow(dead_code)] // Each test binary uses some of them.

pub(crate) mod agents;
pub(crate) mod gate;
pub(crate) mod http;
pub(crate) mod mcp;
#[cfg(feature = "ingest")]
pub(crate) mod otlp;
pub(crate) mod server;
#[path = "../../../store/tests/support/small_disk.rs"]
pub(crate) mod small_disk;
pub(crate) mod writer;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use tempfile::TempDir;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::{RecordSink, User};
use whose_store::Store;

/// A user whose id clears the screen and reverses text.
pub(crate) const HOSTILE: &str = "mallory\u{1b}[2J\u{202e}\n";

/// The file of the call sites below.
pub(crate) const FILE: &str = file!();

/// A folder with a store `whose.db` that has records of every type.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    record(&store);
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    folder
}

/// A store with the records of `work`.
pub(crate) fn store_of(
    layer: impl Fn(whose::Layer) -> whose::Layer,
    work: impl FnOnce(),
) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    record_into(folder.path(), layer, work);
    folder
}

pub(crate) fn record_into(
    folder: &Path,
    layer: impl Fn(whose::Layer) -> whose::Layer,
    work: impl FnOnce(),
) {
    let store = Store::open(folder.join("whose.db")).unwrap();
    let layer = layer(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
    assert!(store.flush(Duration::from_secs(60)).is_complete());
}

pub(crate) fn as_alice(work: impl FnOnce()) {
    whose::user("alice").session("s-1").in_scope(work);
}

pub(crate) fn record(store: &Store) {
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(subscriber, || {
        let alice = User::new("alice").with_email("alice@example.com");
        whose::user(alice)
            .session("s-1")
            .tag("plan", "pro")
            .in_scope(|| {
                let _span = info_span!("answer").entered();
                info!("looks it up");
                whose::usage("gpt-4o-2024-08-06")
                    .input_tokens(1_000)
                    .output_tokens(200)
                    .record();
                whose::capture_error(&std::io::Error::other("refused"));
            });
        whose::user("bob").session("s-2").in_scope(|| {
            whose::usage("our-own-7b")
                .input_tokens(2_000_000)
                .output_tokens(0)
                .record();
        });
        whose::user(HOSTILE).in_scope(|| info!("\u{1b}]0;owned\u{7}"));
        info!("nobody's");
    });
}

/// Errors in two groups, one with two users and one error without a user.
pub(crate) fn record_errors(store: &Store) {
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(subscriber, || {
        let lost = |order: u8| whose::capture_message(format_args!("order {order} is lost"));
        whose::user("alice").in_scope(|| (lost(1), lost(2)));
        whose::user("bob").in_scope(|| lost(3));
        lost(2);
        whose::user(HOSTILE).in_scope(|| whose::capture_message("\u{1b}[2J"));
    });
}

pub(crate) fn whose(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_whose"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("WHOSE_DB")
        .env_remove("COLUMNS")
        .output()
        .unwrap()
}

pub(crate) fn stdout(folder: &Path, arguments: &[&str]) -> String {
    let output = whose(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The output with nothing shortened, one line for each row.
pub(crate) fn wide(folder: &Path, arguments: &[&str]) -> String {
    stdout(folder, &[arguments, &["--wide"]].concat())
}

pub(crate) fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&stdout(folder, &[arguments, &["--json"]].concat())).unwrap()
}

/// The cells of the line that begins with `word`.
pub(crate) fn line<'a>(table: &'a str, word: &str) -> Vec<&'a str> {
    let begins = |line: &&str| line.starts_with(word);
    let line = table
        .lines()
        .find(begins)
        .unwrap_or_else(|| panic!("no {word} in:\n{table}"));
    line.split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect()
}

/// The rows of the access log, oldest first: viewer, way, view, user and reason.
pub(crate) fn access_rows(folder: &Path) -> Vec<[String; 5]> {
    let rows = json(folder, &["accesses"]);
    let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
    let rows = rows.as_array().unwrap().iter().rev();
    rows.map(|row| ["viewer", "way", "view", "user", "reason"].map(|name| text(row, name)))
        .collect()
}

/// Runs a command that can write no byte to a file, as on a full disk.
pub(crate) fn without_disk(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap());
    shell
}
