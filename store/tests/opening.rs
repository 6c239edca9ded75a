//! Opening: the paths, the modes of the files, and processes that open a new file at once.
#![allow(clippy::unwrap_used)] // Clippy takes the helpers of a test for other code.

mod support;

use std::fs;
use std::process::Stdio;

use support::{LONG, child, child_path, folder, number, recording, rows};
use whose::RecordSink;
use whose_store::{Query, Reader, Store, StoreError};

#[test]
fn names_that_sqlite_takes_for_something_else_are_refused_with_a_reason() {
    let uri = format!("file:{}", folder().path().join("whose.db").display());
    for name in ["", ":memory:", "file::memory:", &*uri] {
        let errors = [
            Store::open(name).unwrap_err(),
            Reader::open(name).unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, StoreError::NotAPath { .. }), "{error:?}");
            assert!(error.to_string().contains("give a path such as"), "{error}");
        }
    }
    assert!(!fs::exists("file:").unwrap());
}

#[cfg(unix)]
#[test]
fn files_of_a_store_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    recording(&store, || tracing::info!("hello"));
    assert!(store.flush(LONG).is_complete());
    let mut modes: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            (entry.file_name().into_string().unwrap(), mode)
        })
        .collect();
    modes.sort();
    let expected = ["whose.db", "whose.db-shm", "whose.db-wal"];
    assert_eq!(modes, expected.map(|name| (name.to_owned(), 0o600)));
}

#[cfg(unix)]
#[test]
fn file_that_others_can_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;

    const TEST: &str = "file_that_others_can_read_is_warned_about";
    if let Some(path) = child_path() {
        drop(Store::open(path).unwrap());
        return;
    }
    let folder = folder();
    let path = folder.path().join("whose.db");
    let open = || child(TEST, &path).stderr(Stdio::piped()).output().unwrap();
    let err = String::from_utf8(open().stderr).unwrap();
    assert_eq!(err, "");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let err = String::from_utf8(open().stderr).unwrap();
    assert!(
        err.contains("mode 644") && err.contains("chmod 600"),
        "{err}"
    );
}

#[test]
fn processes_that_open_a_new_file_at_once_all_get_it() {
    const TEST: &str = "processes_that_open_a_new_file_at_once_all_get_it";
    if let Some(path) = child_path() {
        let store = Store::open(path).unwrap();
        recording(&store, || {
            whose::user(std::process::id()).in_scope(|| tracing::info!("hello"));
        });
        assert!(store.flush(LONG).is_complete());
        return;
    }
    const AT_ONCE: usize = 6;
    for _ in 0..10 {
        let folder = folder();
        let path = folder.path().join("whose.db");
        let start = || child(TEST, &path).stderr(Stdio::piped()).spawn().unwrap();
        let processes: Vec<_> = (0..AT_ONCE).map(|_| start()).collect();
        for process in processes {
            let output = process.wait_with_output().unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        assert_eq!(number(&path, "SELECT count(DISTINCT user) FROM records"), 6);
    }
}

#[test]
fn record_of_a_clock_that_is_far_off_breaks_no_question() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    recording(&store, || {
        whose::user("alice").session("s-1").in_scope(|| {
            (0..4).for_each(|_| tracing::info_span!("work").in_scope(|| ()));
        });
    });
    assert!(store.flush(LONG).is_complete());
    // As an earlier version, or a forger, has written them.
    let far = format!(
        "UPDATE records SET start = {max}, duration = {max} WHERE id = 1;
         UPDATE records SET start = {min}, duration = 5 WHERE id = 2;
         UPDATE records SET start = -1, duration = -5 WHERE id = 3;",
        max = i64::MAX,
        min = i64::MIN
    );
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(&far)
        .unwrap();
    let reader = Reader::open(&path).unwrap();
    assert_eq!(rows(reader.users(&Query::all()))[0].counts.spans, 4);
    assert_eq!(rows(reader.sessions(None, &Query::all())).len(), 1);
    assert_eq!(rows(reader.audit("alice", &Query::all())).len(), 4);
    assert_eq!(reader.totals(&Query::all()).unwrap().counts.spans, 4);
}
