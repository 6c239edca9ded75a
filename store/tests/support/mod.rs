//! Shared helpers of the store tests.
#![allow(dead_code)] // Each test binary uses some of them.

pub(crate) mod small_disk;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;
use tracing::Dispatch;
use tracing_subscriber::prelude::*;
use whose::RecordSink;
use whose_store::{Queries, Query, Reader, RecordRow, Rows, SearchFilter, Store, StoreError};

/// Longer than any wait needs. An assertion follows each wait.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// A temporary folder.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A subscriber whose records go into the store.
pub(crate) fn dispatch(store: &Store) -> Dispatch {
    Dispatch::new(tracing_subscriber::registry().with(whose::layer().with_sink(store.clone())))
}

/// Runs `work` with its records going into the store.
pub(crate) fn record_into<T>(store: &Store, work: impl FnOnce() -> T) -> T {
    tracing::dispatcher::with_default(&dispatch(store), work)
}

/// Runs `work` with a new store in `folder`, and opens a reader while the store is open.
pub(crate) fn recorded(folder: &Path, work: impl FnOnce()) -> (Reader, Store) {
    let path = folder.join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, work);
    assert!(store.flush(TIMEOUT).is_complete());
    (Reader::open(&path).unwrap(), store)
}

/// Records a model call.
pub(crate) fn record_call(model: &str, input: u64, output: u64) {
    whose::usage(model)
        .input_tokens(input)
        .output_tokens(output)
        .record();
}

/// The number that a query of the raw file returns, after an integrity check.
pub(crate) fn query_number(path: &Path, sql: &str) -> i64 {
    let file = Connection::open(path).unwrap();
    let health: String = file
        .query_row("PRAGMA integrity_check", (), |row| row.get(0))
        .unwrap();
    assert_eq!(health, "ok");
    file.query_row(sql, (), |row| row.get(0)).unwrap()
}

/// The environment variable with the store path of a child process.
const CHILD: &str = "WHOSE_STORE_TEST_CHILD";

/// The store path of a process that [`child`] started; `None` in the parent.
pub(crate) fn child_store_path() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

/// A command that runs one test of this binary with [`child_store_path`] set.
pub(crate) fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env(CHILD, path).stdout(Stdio::piped());
    command
}

/// The number in a `confirmed` line of a child. Output of the test harness may precede it.
pub(crate) fn parse_confirmed(line: &str) -> Option<i64> {
    line.rsplit_once("confirmed ")?.1.parse().ok()
}

/// Asserts that the index contains exactly the words of the texts.
pub(crate) fn assert_index_matches_texts(path: &Path) {
    let file = Connection::open(path).unwrap();
    let made_again = "
        CREATE VIRTUAL TABLE temp.again USING fts5(name, message, rest, content='',
          columnsize=0, tokenize='unicode61 remove_diacritics 2');
        INSERT INTO temp.again (rowid, name, message, rest)
          SELECT id, name, message, rest FROM searched;
        CREATE VIRTUAL TABLE temp.have USING fts5vocab('main', 'search', 'instance');
        CREATE VIRTUAL TABLE temp.want USING fts5vocab('temp', 'again', 'instance');";
    file.execute_batch(made_again).unwrap();
    let count = |sql| file.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
    assert!(count("SELECT count(*) FROM have") > 0);
    let differ = "SELECT count(*) FROM (
        SELECT * FROM (SELECT * FROM have EXCEPT SELECT * FROM want)
        UNION ALL SELECT * FROM (SELECT * FROM want EXCEPT SELECT * FROM have))";
    assert_eq!(count(differ), 0);
}

/// The messages, or names, of the search results, newest first.
pub(crate) fn search_messages(reader: &Reader, words: &str) -> Vec<String> {
    messages(&rows(
        reader.search(&SearchFilter::new(words), &Query::new()),
    ))
}

/// All rows of a query.
pub(crate) fn rows<T>(answer: Result<Rows<'_, T>, StoreError>) -> Vec<T> {
    answer.unwrap().map(Result::unwrap).collect()
}

pub(crate) fn messages(records: &[RecordRow]) -> Vec<String> {
    let title = |record: &RecordRow| record.message.clone().unwrap_or(record.name.clone());
    records.iter().map(title).collect()
}
