//! The SQLite file passes every case.

use query_conformance::{CASES, check, record_scenario};
use whose_store::{Reader, Store};

#[test]
fn sqlite_file_answers_every_case() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.db");
    record_scenario(Store::open(&path).unwrap());
    check(&Reader::open(&path).unwrap());
}

#[test]
fn engine_without_the_records_fails_every_case_with_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.db");
    drop(Store::open(&path).unwrap());
    let reader = Reader::open(&path).unwrap();
    let passes = CASES.iter().filter(|(_, case)| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(&reader))).is_ok()
    });
    let passes: Vec<_> = passes.map(|(name, _)| *name).collect();
    assert_eq!(passes, ["unknown_ids_are_errors"]);
}
