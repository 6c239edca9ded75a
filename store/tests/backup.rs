//! A backup of a store in use has every confirmed record.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use support::{TIMEOUT, dispatch, folder, query_number, search_messages};
use whose::RecordSink;
use whose_store::{Reader, Store, StoreError, WhenFull};

#[test]
fn backup_during_writes_has_all_confirmed_records() {
    let folder = folder();
    let (path, copy) = (
        folder.path().join("whose.db"),
        folder.path().join("copy.db"),
    );
    let store = Store::builder(&path)
        .when_full(WhenFull::Block)
        .open()
        .unwrap();
    let dispatch = dispatch(&store);
    let say = |text: &str| {
        tracing::dispatcher::with_default(&dispatch, || {
            whose::user("alice").in_scope(|| tracing::info!("{text}"));
        });
    };
    (0..5_000).for_each(|step| say(&format!("before {step}")));
    assert!(store.flush(TIMEOUT).is_complete());
    let is_writing = AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while is_writing.load(Ordering::Relaxed) {
                say("meanwhile");
            }
        });
        let size = Reader::open(&path).unwrap().backup(&copy).unwrap();
        assert_eq!(size, fs::metadata(&copy).unwrap().len());
        is_writing.store(false, Ordering::Relaxed);
    });
    let before = "SELECT count(*) FROM trail WHERE message LIKE 'before %' AND user = 'alice'";
    assert_eq!(query_number(&copy, before), 5_000);
    assert_eq!(
        search_messages(&Reader::open(&copy).unwrap(), "before 4711"),
        ["before 4711"]
    );
    // The copy is a store: a program can continue with it.
    drop(Store::open(&copy).unwrap());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mode = fs::metadata(&copy).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn backup_onto_existing_file_leaves_it_unchanged() {
    let folder = folder();
    let (path, there) = (folder.path().join("whose.db"), folder.path().join("there"));
    drop(Store::open(&path).unwrap());
    fs::write(&there, "precious").unwrap();
    let reader = Reader::open(&path).unwrap();
    let error = reader.backup(&there).unwrap_err();
    assert!(
        matches!(error, StoreError::AlreadyExists { .. }),
        "{error:?}"
    );
    assert_eq!(fs::read(&there).unwrap(), b"precious");
    for path in ["no such folder/copy.db", "", ":memory:"] {
        assert!(reader.backup(path).is_err(), "{path}");
    }
}
