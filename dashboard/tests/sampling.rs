//! Numbers of a sampled store are marked as estimates, and exact numbers are not.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::time::Duration;

use support::{json, stdout, wide};
use tracing_subscriber::prelude::*;
use whose::{RecordSink, Sampler};
use whose_store::Store;

/// 400 requests of Alice and 100 of nobody, each with a call; the last one fails.
fn sampled_store(sampler: Sampler) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    let layer = whose::layer().with_sink(sampler.sample(store.clone()));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        for number in 0..500 {
            let request = || {
                tracing::info_span!("request").in_scope(|| {
                    whose::usage("gpt-4o-mini").input_tokens(1_000).record();
                });
            };
            match number < 400 {
                true => whose::user("alice").in_scope(request),
                false => request(),
            }
        }
        whose::user("alice").in_scope(|| whose::capture_message("declined"));
    });
    assert!(store.shutdown(Duration::from_secs(30)).is_complete());
    folder
}

#[test]
fn estimates_have_a_mark_and_exact_numbers_have_none() {
    let folder = sampled_store(Sampler::new().rate(0.5).keep_errors());
    let users = wide(folder.path(), &["users"]);
    let alice = users
        .lines()
        .find(|line| line.starts_with("alice"))
        .unwrap();
    assert!(alice.contains(" ~"), "{users}");
    assert!(alice.contains(" 400,000 "), "calls are kept: {users}");
    let cost = stdout(folder.path(), &["cost"]);
    assert!(
        cost.contains("$0.075 at list prices for 500 calls"),
        "{cost}"
    );
    assert!(!cost.contains('~'), "{cost}");
    let coverage = stdout(folder.path(), &["coverage"]);
    assert!(coverage.contains("without a user: ~"), "{coverage}");
    let errors = stdout(folder.path(), &["errors"]);
    assert!(
        errors.contains("1 error group, 1 error") && !errors.contains('~'),
        "{errors}"
    );

    let rows = json(folder.path(), &["users"]);
    assert_eq!(rows[0]["records_estimated"], true);
    assert!(rows[0].get("usage_estimated").is_none());
    let records = json(folder.path(), &["audit", "--user", "alice"]);
    let weights: Vec<_> = records
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["weight"])
        .collect();
    assert!(
        weights.iter().any(|weight| weight.as_f64() == Some(2.0)),
        "{weights:?}"
    );
    assert!(weights.iter().any(|weight| weight.is_null()), "{weights:?}");
}

#[test]
fn estimated_costs_have_a_mark() {
    let folder = sampled_store(Sampler::new().rate(0.5).sample_model_calls());
    let cost = stdout(folder.path(), &["cost", "--by", "model"]);
    assert!(
        cost.contains("~$0.") && cost.contains("at list prices for ~"),
        "{cost}"
    );
    assert!(cost.contains("unattributed: ~$0."), "{cost}");
    let report = json(folder.path(), &["cost"]);
    let row = &report["rows"][0];
    assert_eq!(row["usage_estimated"], true);
    let gate = ["coverage", "--by", "cost", "--fail-under", "1"];
    let gate = stdout(folder.path(), &gate);
    assert!(gate.contains(" of ~$0."), "{gate}");
}

#[test]
fn store_without_a_sampler_has_no_mark() {
    let folder = sampled_store(Sampler::new());
    for command in [
        &["users"][..],
        &["sessions"],
        &["cost"],
        &["coverage"],
        &["errors"],
    ] {
        let table = stdout(folder.path(), command);
        assert!(!table.contains('~'), "{table}");
    }
}
