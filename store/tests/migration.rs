//! A file of the version before is migrated when a writer opens the file.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use whose_store::{GroupBy, Query, Reader, Store, StoreError};

/// A file that the version with schema 3 wrote: four calls, three spans, three events, one error.
const VERSION_3: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/version-3.db");

/// A file that the version with schema 4 wrote: two calls, a score, a span, an error, a record of a
/// scope that was identified later.
const VERSION_4: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/version-4.db");

fn copy(file: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.db");
    fs::copy(file, &path).unwrap();
    (folder, path)
}

fn costs(path: &Path) -> Vec<(Option<String>, String)> {
    let reader = Reader::open(path).unwrap();
    let report = reader.cost(&GroupBy::User, &Query::new()).unwrap();
    let rows = report.rows.map(|row| {
        let row = row.unwrap();
        (row.key, row.usage.cost_usd.unwrap_or_default().to_string())
    });
    rows.collect()
}

#[test]
fn file_of_version_3_is_migrated_and_keeps_its_records() {
    let (_folder, path) = copy(VERSION_3);
    drop(Store::open(&path).unwrap());

    // alice: gpt-4o and gpt-4o-mini, bob: claude-sonnet-4-6, nobody: gpt-4o.
    let expected = [
        (Some("bob".to_owned()), "$0.0045".to_owned()),
        (Some("alice".to_owned()), "$0.00371".to_owned()),
        (None, "$0.000035".to_owned()),
    ];
    assert_eq!(costs(&path), expected);
    let reader = Reader::open(&path).unwrap();
    let trail: Vec<_> = reader.audit("carol", &Query::new()).unwrap().collect();
    assert_eq!(trail.len(), 1);
}

#[test]
fn file_of_version_4_is_migrated_and_keeps_its_records() {
    let (_folder, path) = copy(VERSION_4);
    drop(Store::open(&path).unwrap());

    // alice: 800 * $2.50 + 200 * $1.25 + 100 * $10; bob: 1,000 * $3 + 10,000 * $0.30; each for a
    // million.
    let expected = [
        (Some("bob".to_owned()), "$0.006".to_owned()),
        (Some("alice".to_owned()), "$0.00325".to_owned()),
    ];
    assert_eq!(costs(&path), expected);
    let reader = Reader::open(&path).unwrap();
    let trail: Vec<_> = reader.audit("alice", &Query::new()).unwrap().collect();
    assert_eq!(trail.len(), 4);
    assert!(trail.iter().all(|row| {
        let row = row.as_ref().unwrap();
        row.conversation.as_deref() == Some("c-1") && row.user_source.as_deref() == Some("scope")
    }));
    let late: Vec<_> = reader.audit("carol", &Query::new()).unwrap().collect();
    assert_eq!(late.len(), 1);
}

#[test]
fn migrated_file_takes_calls_with_cached_tokens() {
    use tracing_subscriber::prelude::*;

    let (_folder, path) = copy(VERSION_3);
    let layer = whose::layer().with_sink(Store::open(&path).unwrap());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        whose::user("dora").in_scope(|| {
            let usage = whose::usage("claude-sonnet-4-6").provider("anthropic");
            // The API reports the cached tokens beside the input.
            usage.input_tokens(1_000).cache_read_tokens(10_000).record();
        });
        assert!(whose::flush(std::time::Duration::from_secs(10)).is_complete());
    });
    // 1,000 * $3 + 10,000 * $0.30, each for a million.
    assert!(costs(&path).contains(&(Some("dora".to_owned()), "$0.006".to_owned())));
}

#[test]
fn reader_of_version_3_states_how_to_migrate() {
    let (_folder, path) = copy(VERSION_3);
    let error = Reader::open(&path).err().unwrap();
    assert!(
        matches!(error, StoreError::OlderSchema { found: 3, .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("Store::open"), "{error}");
}
