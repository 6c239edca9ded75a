//! The sums over a sampled file are right: exact where every record is kept, and within a stated
//! bound elsewhere.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.
#![allow(clippy::cast_precision_loss)] // The numbers are small.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;
use tracing_subscriber::prelude::*;
use whose::{Kind, Sampler};
use whose_store::{GroupBy, Queries, Query, Reader, Store, Usage};

/// The requests of one test, each a trace of one span, two events and one model call: 100,000 records. Every 50th
/// request fails with an error, and every 10th has no user.
const ALL: u64 = 25_000;
/// The requests of the other tests.
const FEW: u64 = 2_500;
const RATE: f64 = 0.1;

fn request(number: u64) {
    let work = || {
        tracing::info_span!("request").in_scope(|| {
            tracing::info!("begins");
            tracing::info!("ends");
            whose::usage("gpt-4o-mini")
                .input_tokens(1_000)
                .output_tokens(100)
                .record();
            if number.is_multiple_of(50) {
                whose::capture_message("declined");
            }
        });
    };
    match number % 10 {
        0 => work(),
        user => whose::user(format!("user-{user}"))
            .session("s")
            .in_scope(work),
    }
}

fn write(sampler: Sampler, requests: u64) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.db");
    let store = Store::builder(&path)
        .when_full(whose_store::WhenFull::Block)
        .open()
        .unwrap();
    let layer = whose::layer().with_sink(sampler.sample(store.clone()));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        (0..requests).for_each(request);
    });
    assert!(whose::RecordSink::shutdown(&store, Duration::from_secs(60)).is_complete());
    (folder, path)
}

/// Six standard deviations of the estimate of `traces` traces, times the records of each.
fn bound(traces: u64, of_each: f64) -> f64 {
    6.0 * (traces as f64 * (1.0 - RATE) / RATE).sqrt() * of_each
}

#[track_caller]
fn assert_near(estimate: u64, truth: u64, bound: f64) {
    let error = (estimate as f64 - truth as f64).abs();
    assert!(
        error <= bound,
        "{estimate} is not within {bound} of {truth}"
    );
}

/// The cost of a call: 1,000 * $0.15 + 100 * $0.60, each for a million.
const PICOS: i128 = 210_000_000;

fn assert_exact(usage: &Usage, requests: u64) {
    assert_eq!(usage.calls, requests);
    assert_eq!(
        (usage.input_tokens, usage.output_tokens),
        (requests * 1_000, requests * 100)
    );
    assert_eq!(
        usage.cost_usd.unwrap().as_picos(),
        PICOS * i128::from(requests)
    );
    assert!(!usage.is_estimated);
}

fn rows(path: &Path) -> u64 {
    let connection = Connection::open(path).unwrap();
    let count = connection.query_row("SELECT count(*) FROM records", (), |row| {
        row.get::<_, i64>(0)
    });
    count.unwrap().unsigned_abs()
}

#[test]
fn estimates_of_sampled_records_are_near_the_truth_and_kept_records_are_exact() {
    let (_folder, path) = write(Sampler::new().rate(RATE).keep_errors(), ALL);
    let (errors_made, without_user) = (ALL / 50, ALL / 10);
    // The calls, the errors, and a tenth of the spans and the other events.
    assert!(rows(&path) < ALL + errors_made + ALL / 2);
    let reader = Reader::open(&path).unwrap();
    let all = Query::new();

    let totals = reader.totals(&all).unwrap();
    assert_exact(&totals.usage, ALL);
    assert!(totals.counts.is_estimated);
    assert_eq!(totals.counts.errors, errors_made);
    assert_near(totals.counts.spans, ALL, bound(ALL, 1.0));
    assert_near(totals.counts.events, 3 * ALL, bound(ALL, 2.0));
    // Calls and errors of nobody are exact, and three other records of each request are not.
    let nobodys = 4 * without_user + errors_made;
    assert_near(totals.without_user, nobodys, bound(without_user, 3.0));
    assert_near(totals.without_session, nobodys, bound(without_user, 3.0));

    assert_exact(&reader.cost(&GroupBy::User, &all).unwrap().total, ALL);
    let errors: Vec<_> = reader
        .errors(None, &all)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        (errors.len(), errors[0].errors, errors[0].is_estimated),
        (1, errors_made, false)
    );
    assert_eq!(errors[0].without_user, errors_made);

    let each = ALL / 10;
    let users: Vec<_> = reader.users(&all).unwrap().map(Result::unwrap).collect();
    assert_eq!(users.len(), 9);
    for user in users {
        assert_near(user.counts.spans, each, bound(each, 1.0));
        assert_near(user.counts.events, 3 * each, bound(each, 2.0));
        assert_eq!((user.usage.calls, user.usage.is_estimated), (each, false));
        assert!(user.counts.is_estimated);
    }
    for site in reader.coverage(&all).unwrap().map(Result::unwrap) {
        if site.is_estimated {
            assert_near(site.records, ALL, bound(ALL, 1.0));
            assert_near(site.without_user, without_user, bound(without_user, 1.0));
            assert_eq!(site.reasons.values().sum::<u64>(), site.without_user);
            assert_eq!(site.sources["scope"] + site.without_user, site.records);
        } else {
            assert!([ALL, errors_made].contains(&site.records), "{site:?}");
        }
    }
    for record in reader
        .audit("user-1", &all)
        .unwrap()
        .take(200)
        .map(Result::unwrap)
    {
        let expected = if record.model.is_some() { 1.0 } else { 10.0 };
        assert!((record.weight - expected).abs() < 1e-9, "{record:?}");
    }
}

#[test]
fn cost_of_sampled_calls_is_near_the_truth_and_marked() {
    let (_folder, path) = write(Sampler::new().rate(RATE).sample_model_calls(), FEW);
    let reader = Reader::open(&path).unwrap();
    let report = reader.cost(&GroupBy::Model, &Query::new()).unwrap();
    let bound_of_calls = bound(FEW, 1.0);
    let near = |usage: &Usage| {
        assert!(usage.is_estimated);
        assert_near(usage.calls, FEW, bound_of_calls);
        assert_near(usage.input_tokens, FEW * 1_000, bound_of_calls * 1_000.0);
        let picos = usage.cost_usd.unwrap().as_picos();
        assert_eq!(picos, PICOS * i128::from(usage.calls));
    };
    near(&report.total);
    for row in report.rows {
        near(&row.unwrap().usage);
    }
    let unattributed: u64 = report.unattributed.iter().map(|row| row.usage.calls).sum();
    assert_near(unattributed, FEW / 10, bound(FEW / 10, 1.0));
    let sites = reader.cost_coverage(&Query::new()).unwrap();
    for site in sites.map(Result::unwrap) {
        near(&site.total);
        assert_near(site.without_user.calls, FEW / 10, bound(FEW / 10, 1.0));
        assert_eq!(site.reasons["no_scope"], site.without_user.calls);
    }
    // The errors are sampled with their traces.
    let errors = reader
        .errors(None, &Query::new())
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_near(errors.errors, FEW / 50, bound(FEW / 50, 1.0));
    assert!(errors.is_estimated);
}

#[test]
fn rates_of_kinds_and_users_have_their_own_weights() {
    let sampler = Sampler::new()
        .rate(RATE)
        .rate_for_kind(Kind::Llm, 0.5)
        .keep_users(["user-1"]);
    let (_folder, path) = write(sampler, FEW);
    let reader = Reader::open(&path).unwrap();
    let each = FEW / 10;
    for user in reader.users(&Query::new()).unwrap().map(Result::unwrap) {
        let is_kept = user.id.as_deref() == Some("user-1");
        assert_eq!(user.counts.is_estimated, !is_kept);
        match is_kept {
            true => assert_eq!(user.counts.spans, each),
            false => assert_near(user.counts.spans, each, bound(each, 1.0)),
        }
    }
}

#[test]
fn file_without_a_sampler_has_no_weights() {
    let (_folder, path) = write(Sampler::new(), FEW);
    let reader = Reader::open(&path).unwrap();
    let totals = reader.totals(&Query::new()).unwrap();
    assert_eq!((totals.counts.spans, totals.counts.events), (FEW, 3 * FEW));
    assert!(!totals.counts.is_estimated && !totals.usage.is_estimated);
    let json = serde_json::to_string(&totals).unwrap();
    assert!(!json.contains("estimated"), "{json}");
    let weights = "SELECT count(*) FROM traits WHERE weight <> 1";
    let connection = Connection::open(&path).unwrap();
    let weights: i64 = connection.query_row(weights, (), |row| row.get(0)).unwrap();
    assert_eq!(weights, 0);
}

#[test]
fn forged_weights_fail_no_query() {
    let (_folder, path) = write(Sampler::new().rate(RATE), FEW);
    for weight in ["-5.0", "0.0", "0.5", "1e300", "9e999", "-9e999"] {
        let connection = Connection::open(&path).unwrap();
        let forge = format!("UPDATE traits SET weight = {weight} WHERE weight <> 1");
        connection.execute_batch(&forge).unwrap();
        let reader = Reader::open(&path).unwrap();
        let totals = reader.totals(&Query::new()).unwrap();
        assert!(
            totals.counts.records() >= rows(&path),
            "{weight} {totals:?}"
        );
        for row in reader.errors(None, &Query::new()).unwrap() {
            assert!(row.unwrap().errors > 0, "{weight}");
        }
    }
}
