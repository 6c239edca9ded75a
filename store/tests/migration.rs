//! A file of the version before is migrated when a writer opens the file.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use whose_store::{GroupBy, Queries, Query, Reader, Store, StoreError};

/// A file that the version with schema 3 wrote: four calls, three spans, three events, one error.
const VERSION_3: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/version-3.db");

/// A file that the version with schema 4 wrote: two calls, a score, a span, an error, a record of a
/// scope that was identified later.
const VERSION_4: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/version-4.db");

/// A file that the version with schema 5 wrote: two calls, a score, a span, an error, an actor, a
/// monitored job, a record of a scope that was identified later.
const VERSION_5: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/version-5.db");

/// A file that the version with schema 6 wrote: the example `support-desk`, two visitors.
const VERSION_6: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/version-6.db");

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
fn file_of_version_5_is_migrated_and_keeps_its_records() {
    let (_folder, path) = copy(VERSION_5);
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
    assert_eq!(trail.len(), 5);
    for row in trail {
        let row = row.unwrap();
        assert_eq!(row.actor.as_deref(), Some("planner"));
        assert!((row.weight - 1.0).abs() < f64::EPSILON);
    }
    let late: Vec<_> = reader.audit("carol", &Query::new()).unwrap().collect();
    assert_eq!(late.len(), 1);
    let totals = reader.totals(&Query::new()).unwrap();
    assert!(!totals.counts.is_estimated && !totals.usage.is_estimated);
}

#[test]
fn file_of_version_6_is_migrated_and_keeps_its_records() {
    let (_folder, path) = copy(VERSION_6);
    drop(Store::open(&path).unwrap());

    let reader = Reader::open(&path).unwrap();
    let totals = reader.totals(&Query::new()).unwrap();
    assert_eq!(totals.counts.records(), 177);
    assert_eq!(reader.health().unwrap().records_written, 177);
}

#[test]
fn file_of_version_5_is_migrated_and_takes_accesses() {
    use whose_store::{Access, AccessFilter, AccessLog, AccessWay};

    let (_folder, path) = copy(VERSION_5);
    drop(Store::open(&path).unwrap());

    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.audit("alice", &Query::new()).unwrap().count(), 5);
    let access = Access::new("ops", AccessWay::Command, "audit", "alice");
    AccessLog::open(&path).unwrap().append(&[access]).unwrap();
    let of_alice = AccessFilter::new().user("alice");
    assert_eq!(
        reader.accesses(&of_alice, &Query::new()).unwrap().count(),
        1
    );
    let chain = reader.access_chain().unwrap();
    assert_eq!((chain.rows, chain.fault), (1, None));
}

#[test]
fn writer_of_version_5_takes_no_weight_of_a_newer_writer() {
    use tracing_subscriber::prelude::*;

    let (_folder, path) = copy(VERSION_5);
    let old = Connection::open(&path).unwrap();
    // The statement of version 5 that finds the traits of a record.
    let mut traits = old
        .prepare(
            "SELECT id FROM traits WHERE user_source = ?1 AND unattributed = ?2
            AND session_source = ?3 AND kind = ?4 AND failed = ?5 AND user_site = ?6
            AND session_site = ?7",
        )
        .unwrap();
    let sampled = whose::Sampler::new()
        .rate(0.5)
        .sample(Store::open(&path).unwrap());
    let layer = whose::layer().with_sink(sampled);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        (0..100).for_each(|_| drop(tracing::info_span!("of nobody")));
        assert!(whose::flush(std::time::Duration::from_secs(10)).is_complete());
    });
    let columns = ("", "no_scope", "", "", false, "", "");
    let found: i64 = traits.query_row(columns, |row| row.get(0)).unwrap();
    let weight = "SELECT weight FROM traits WHERE id = ?1";
    let weight: f64 = old.query_row(weight, [found], |row| row.get(0)).unwrap();
    assert!((weight - 1.0).abs() < f64::EPSILON, "{weight}");
    let weighted = "SELECT count(*) FROM traits WHERE weight = 2";
    let weighted: i64 = old.query_row(weighted, (), |row| row.get(0)).unwrap();
    assert_eq!(weighted, 1);
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

#[test]
fn writer_of_version_4_goes_on_after_another_process_has_migrated_the_file() {
    let (_folder, path) = copy(VERSION_4);
    let old = Connection::open(&path).unwrap();
    // The statements of version 4, prepared before the migration.
    let mut traits = old
        .prepare("SELECT id FROM traits WHERE user_source = ?1 LIMIT 1")
        .unwrap();
    let mut record = old
        .prepare(
            "INSERT INTO records (id, site, traits, text, scope, user, session, start)
            SELECT ?1, site, ?2, text, scope, user, session, start FROM records
            WHERE id = (SELECT record FROM usages ORDER BY record LIMIT 1)",
        )
        .unwrap();
    let mut usage = old
        .prepare(
            "INSERT OR FAIL INTO usages (record, model, input_tokens, output_tokens,
            cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, reasoning_tokens,
            audio_input_tokens, audio_output_tokens, tier)
            SELECT ?1, model, 1000000, 0, 0, 0, 0, 0, 0, 0, '' FROM usages
            ORDER BY record LIMIT 1",
        )
        .unwrap();
    let mut failure = old
        .prepare(
            "INSERT OR FAIL INTO failures (record, fingerprint, path, backtrace, breadcrumbs)
            VALUES (?1, NULL, NULL, NULL, NULL)",
        )
        .unwrap();
    let last = "SELECT max(id) FROM records";
    let mut write = || {
        let id: i64 = old.query_row(last, (), |row| row.get(0)).unwrap();
        let id = id + 1;
        let traits: i64 = traits.query_row(["scope"], |row| row.get(0)).unwrap();
        record.execute((id, traits)).unwrap();
        usage.execute([id]).unwrap();
        failure.execute([id]).unwrap();
    };
    write();
    let store = Store::open(&path).unwrap();
    write();
    drop(store);
    write();

    // alice: $0.00325 before, and three times a million for $2.50.
    assert!(costs(&path).contains(&(Some("alice".to_owned()), "$7.50325".to_owned())));
    let reader = Reader::open(&path).unwrap();
    let trail: Vec<_> = reader.audit("alice", &Query::new()).unwrap().collect();
    assert_eq!(trail.len(), 7);
    assert!(trail.iter().all(Result::is_ok));
}
