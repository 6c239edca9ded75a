//! Opening a file that is no store, or that cannot be written, fails with a clear error.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use support::{TIMEOUT, child, child_store_path, folder, record_into, rows};
use whose::RecordSink;
use whose_store::{Queries, Query, Reader, Store, StoreError};

/// The errors of opening the file for writing and for reading. Neither may change the file.
fn open_errors(path: &Path) -> [StoreError; 2] {
    let before = fs::read(path).unwrap();
    let errors = [
        Store::open(path).unwrap_err(),
        Reader::open(path).unwrap_err(),
    ];
    assert_eq!(
        fs::read(path).unwrap(),
        before,
        "a rejected file is unchanged"
    );
    errors
}

#[test]
fn foreign_file_is_rejected_with_clear_message() {
    let folder = folder();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "these are my notes. ".repeat(1_000)).unwrap();
    for error in open_errors(&path) {
        assert!(matches!(error, StoreError::NotAStore { .. }), "{error:?}");
        let message = error.to_string();
        assert!(
            message.contains("notes.txt") && message.contains("is not a store"),
            "{message}"
        );
    }
}

#[test]
fn foreign_database_is_rejected_with_clear_message() {
    let folder = folder();
    for (name, sql) in [
        ("a.db", "CREATE TABLE users (name TEXT)"),
        ("b.db", "PRAGMA application_id = 77; CREATE TABLE t (x)"),
        ("c.db", "PRAGMA user_version = 1; CREATE TABLE records (x)"),
    ] {
        let path = folder.path().join(name);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        for error in open_errors(&path) {
            assert!(
                error.to_string().contains("a database of another program"),
                "{error}"
            );
        }
    }
}

#[test]
fn newer_schema_is_rejected_with_advice() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    drop(Store::open(&path).unwrap());
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    for error in open_errors(&path) {
        assert!(
            matches!(error, StoreError::NewerSchema { found: 99, .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains("update whose-store"), "{error}");
    }
}

#[test]
fn older_schema_is_rejected_with_advice() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    drop(Store::open(&path).unwrap());
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 1)
        .unwrap();
    for error in open_errors(&path) {
        assert!(
            matches!(error, StoreError::OlderSchema { found: 1, .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains("use another path"), "{error}");
    }
}

#[test]
fn folder_and_missing_file_have_distinct_errors() {
    let folder = folder();
    for error in [
        Store::open(folder.path()).unwrap_err(),
        Reader::open(folder.path()).unwrap_err(),
    ] {
        assert!(error.to_string().contains("but a folder"), "{error}");
    }
    let missing = folder.path().join("missing.db");
    let error = Reader::open(&missing).unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error:?}");
    assert!(!missing.exists(), "reading creates no file");

    let error = Store::open(folder.path().join("no/such/folder/whose.db")).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    assert!(error.to_string().contains("existing folder"), "{error}");
}

#[test]
fn empty_file_opens_for_writing_but_not_reading() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    fs::write(&path, "").unwrap();
    let error = Reader::open(&path).unwrap_err();
    assert!(error.to_string().contains("an empty file"), "{error}");
    drop(Store::open(&path).unwrap());
    assert!(rows(Reader::open(&path).unwrap().users(&Query::all())).is_empty());
}

/// The superuser can write every file, so the child runs as another user.
#[cfg(unix)]
#[test]
fn read_only_path_is_rejected_with_clear_message() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    const TEST: &str = "read_only_path_is_rejected_with_clear_message";
    if let Some(path) = child_store_path() {
        meet_a_read_only_path(&path);
        return;
    }
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        whose::user("alice").in_scope(|| tracing::info!("hello"))
    });
    drop(store);
    let permit = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let mut command = child(TEST, &path);
    if fs::write(folder.path().join("probe"), "").is_ok() && is_superuser(folder.path()) {
        // The other user may have no access to the build folder.
        let program = folder.path().join("test");
        fs::copy(command.get_program(), &program).unwrap();
        permit(&program, 0o755);
        let mut other = std::process::Command::new(program);
        other.args(command.get_args()).uid(65_534).gid(65_534);
        other.envs(
            command
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        );
        command = other;
    }
    let secret = folder.path().join("secret.db");
    fs::copy(&path, &secret).unwrap();
    permit(&secret, 0o000);
    permit(&path, 0o444);
    permit(folder.path(), 0o555);
    let output = command.current_dir("/").output().unwrap();
    permit(folder.path(), 0o755);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && out.contains("went on"),
        "{output:?}"
    );
}

#[cfg(unix)]
fn is_superuser(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    // The files of this process belong to its user.
    fs::metadata(folder.join("probe")).unwrap().uid() == 0
}

#[cfg(unix)]
fn meet_a_read_only_path(path: &Path) {
    for path in [path, &path.with_file_name("new.db")] {
        let error = Store::open(path).unwrap_err();
        assert!(
            matches!(error, StoreError::ReadOnly { .. }),
            "{path:?}: {error:?}"
        );
        assert!(error.to_string().contains("cannot be written"), "{error}");
    }
    // Reading needs no write permission.
    let users = rows(Reader::open(path).unwrap().users(&Query::all()));
    assert_eq!(users[0].id.as_deref(), Some("alice"));
    let error = Reader::open(path.with_file_name("secret.db")).unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
    // The application works without its store, and drops its records.
    whose::user("alice").in_scope(|| {
        tracing::info!("no store");
        assert_eq!(whose::current().user_id(), Some("alice"));
    });
    println!("went on");
}

#[test]
fn rejected_store_leaves_earlier_store_working() {
    let folder = folder();
    let (good, bad) = (
        folder.path().join("whose.db"),
        folder.path().join("notes.txt"),
    );
    fs::write(&bad, "notes ".repeat(1_000)).unwrap();
    let store = Store::open(&good).unwrap();
    Store::open(&bad).unwrap_err();
    record_into(&store, || tracing::info!("still here"));
    assert!(store.flush(TIMEOUT).is_complete());
    assert_eq!(
        Reader::open(&good)
            .unwrap()
            .totals(&Query::all())
            .unwrap()
            .counts
            .events,
        1
    );
}
