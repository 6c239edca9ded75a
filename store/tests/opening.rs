//! A store opens with safe paths and file modes, and in concurrent processes.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::process::Stdio;

use support::{TIMEOUT, child, child_store_path, folder, query_number, record_into, rows};
use whose::RecordSink;
use whose_store::{Queries, Query, Reader, Store, StoreError};

#[test]
fn special_sqlite_names_are_rejected_with_reason() {
    let uri = format!("file:{}", folder().path().join("whose.db").display());
    for name in ["", ":memory:", "file::memory:", &*uri] {
        let errors = [
            Store::open(name).unwrap_err(),
            Reader::open(name).unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, StoreError::InvalidPath { .. }), "{error:?}");
            assert!(error.to_string().contains("use a path such as"), "{error}");
        }
    }
    assert!(!fs::exists("file:").unwrap());
}

#[cfg(unix)]
#[test]
fn store_files_are_readable_only_by_owner() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    record_into(&store, || tracing::info!("hello"));
    assert!(store.flush(TIMEOUT).is_complete());
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
fn file_readable_by_others_causes_warning() {
    use std::os::unix::fs::PermissionsExt;

    const TEST: &str = "file_readable_by_others_causes_warning";
    if let Some(path) = child_store_path() {
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
fn concurrent_processes_open_one_new_file() {
    const TEST: &str = "concurrent_processes_open_one_new_file";
    if let Some(path) = child_store_path() {
        let store = Store::open(path).unwrap();
        record_into(&store, || {
            whose::user(std::process::id()).in_scope(|| tracing::info!("hello"));
        });
        assert!(store.flush(TIMEOUT).is_complete());
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
        assert_eq!(
            query_number(&path, "SELECT count(DISTINCT user) FROM records"),
            6
        );
    }
}

#[test]
fn record_of_wrong_clock_breaks_no_query() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        whose::user("alice").session("s-1").in_scope(|| {
            (0..4).for_each(|_| tracing::info_span!("work").in_scope(|| ()));
        });
    });
    assert!(store.flush(TIMEOUT).is_complete());
    // As an older version, or a forger, has written them.
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
