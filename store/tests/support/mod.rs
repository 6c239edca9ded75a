//! What several tests need.
#![allow(dead_code)] // Each test binary takes what it needs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;
use tracing::Dispatch;
use tracing_subscriber::prelude::*;
use whose::RecordSink;
use whose_store::{Query, Reader, RecordRow, Rows, SearchFilter, Store, StoreError};

/// More than any machine needs: whoever waits that long is told by the assertion after it.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// A folder that is removed with all that is in it.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A subscriber whose records go to the store.
pub(crate) fn dispatch(store: &Store) -> Dispatch {
    Dispatch::new(tracing_subscriber::registry().with(whose::layer().with_sink(store.clone())))
}

/// Runs `work` with its records going to the store.
pub(crate) fn record_into<T>(store: &Store, work: impl FnOnce() -> T) -> T {
    tracing::dispatcher::with_default(&dispatch(store), work)
}

/// Runs `work` against a new store in `folder` and opens it for questions while it is open.
pub(crate) fn recorded(folder: &Path, work: impl FnOnce()) -> (Reader, Store) {
    let path = folder.join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, work);
    assert!(store.flush(TIMEOUT).is_complete());
    (Reader::open(&path).unwrap(), store)
}

/// Records a call of a model.
pub(crate) fn record_call(model: &str, input: u64, output: u64) {
    whose::usage(model)
        .input_tokens(input)
        .output_tokens(output)
        .record();
}

/// The one number that a query over the raw file gives, after a check that the file is whole.
pub(crate) fn query_number(path: &Path, sql: &str) -> i64 {
    let file = Connection::open(path).unwrap();
    let health: String = file
        .query_row("PRAGMA integrity_check", (), |row| row.get(0))
        .unwrap();
    assert_eq!(health, "ok");
    file.query_row(sql, (), |row| row.get(0)).unwrap()
}

/// Where a child of this test binary finds its file; unset in the parent.
const CHILD: &str = "WHOSE_STORE_TEST_CHILD";

/// The file that this process was started to work on by [`child`]; `None` in the parent.
pub(crate) fn child_store_path() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

/// This test binary again, to run one test with [`child_store_path`] set.
pub(crate) fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env(CHILD, path).stdout(Stdio::piped());
    command
}

/// The number that a child says was confirmed; the test harness may stand before it.
pub(crate) fn parse_confirmed(line: &str) -> Option<i64> {
    line.rsplit_once("confirmed ")?.1.parse().ok()
}

/// Checks that the index holds exactly the words of the texts, each at its place.
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

/// The messages, or names, that are found, the newest first.
pub(crate) fn search_messages(reader: &Reader, words: &str) -> Vec<String> {
    messages(&rows(
        reader.search(&SearchFilter::new(words), &Query::new()),
    ))
}

/// Every row of an answer.
pub(crate) fn rows<T>(answer: Result<Rows<'_, T>, StoreError>) -> Vec<T> {
    answer.unwrap().map(Result::unwrap).collect()
}

pub(crate) fn messages(records: &[RecordRow]) -> Vec<String> {
    let what = |record: &RecordRow| record.message.clone().unwrap_or(record.name.clone());
    records.iter().map(what).collect()
}
