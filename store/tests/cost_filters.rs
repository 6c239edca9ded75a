//! Costs of chosen calls, over time, and their changes, against sums over the single records.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use support::{folder, recorded, rows};
use tempfile::TempDir;
use tracing::info_span;
use whose_store::{
    CostFilter, CostOverTime, GroupBy, Prices, Queries, Query, Reader, RecordRow, StoreError,
    TimeBucket, Timestamp, UnattributedFilter, Usd,
};

const HOUR: i64 = 3_600 * 1_000_000_000;
/// The start of an hour and of a day: 2026-11-20T00:00:00Z.
const START: i64 = 1_795_132_800 * 1_000_000_000;

/// A store with 240 calls of users, sessions, models, agents and tags, one call every 20 minutes from
/// [`START`] on.
fn store() -> (TempDir, Reader) {
    let folder = folder();
    let (_, store) = recorded(folder.path(), || (0..240).for_each(call));
    drop(store);
    spread(&folder.path().join("whose.db"));
    let prices = Prices::empty().with_csv("model,input,output\nown-0,1,0\nown-1,3,0\n");
    let reader = Reader::open(folder.path().join("whose.db")).unwrap();
    (folder, reader.with_prices(prices.unwrap()))
}

fn call(number: u64) {
    let usage = || {
        whose::usage(format!("own-{}", number % 3))
            .provider((number.is_multiple_of(2)).then_some("openai"))
            .input_tokens(1_000 + number)
            .record();
    };
    let agent = info_span!(
        "run",
        gen_ai.operation.name = "invoke_agent",
        gen_ai.agent.name = if number.is_multiple_of(4) {
            "plan"
        } else {
            "answer"
        }
    );
    let in_agent = || agent.in_scope(usage);
    match number % 6 {
        0 => usage(),
        user => whose::user(format!("u-{user}"))
            .session(format!("s-{}", number % 11))
            .tag(
                "plan",
                if number.is_multiple_of(5) {
                    "7"
                } else {
                    "pro\"'; --"
                },
            )
            .in_scope(|| whose::conversation(format!("c-{}", number % 2)).in_scope(in_agent)),
    }
}

/// Moves the calls to their times.
fn spread(path: &Path) {
    let file = Connection::open(path).unwrap();
    let sql = "UPDATE records SET start = ?1 + 1200000000000 * ((SELECT count(*) FROM usages g
          WHERE g.record <= records.id) - 1) WHERE id IN (SELECT record FROM usages)";
    assert_eq!(file.execute(sql, [START]).unwrap(), 240);
    // The times of a partition are those of its writer.
    file.execute("DELETE FROM part_times", ()).unwrap();
}

/// Every call, read record by record.
fn all_calls(reader: &Reader) -> Vec<RecordRow> {
    let all = Query::all();
    let mut records = rows(reader.unattributed(&UnattributedFilter::new(), &all));
    for user in rows(reader.users(&all)) {
        records.extend(rows(reader.audit(&user.id.unwrap(), &all)));
    }
    records.retain(|record| record.model.is_some());
    assert_eq!(records.len(), 240);
    records
}

/// The group of a record.
fn key(by: &GroupBy, record: &RecordRow) -> Option<String> {
    match by {
        GroupBy::User => record.user.clone(),
        GroupBy::Session => record.session.clone(),
        GroupBy::Conversation => record.conversation.clone(),
        GroupBy::Model => record.model.clone(),
        GroupBy::Provider => record.provider.clone().filter(|name| !name.is_empty()),
        GroupBy::Agent => Some(record.fields.get("gen_ai.agent.name")?.as_str()?.to_owned()),
        GroupBy::Tag(key) => Some(
            record
                .tags
                .get(key)?
                .to_string()
                .trim_matches('"')
                .to_owned(),
        ),
        GroupBy::Day => Some(format!("{:.3}", record.time)[..10].to_owned()),
        by => panic!("{by}"),
    }
}

type Sums = BTreeMap<Option<String>, (u64, u64, Option<Usd>, u64)>;

fn sums<'r>(by: &GroupBy, calls: impl Iterator<Item = &'r RecordRow>) -> Sums {
    let mut sums = Sums::new();
    for call in calls {
        let sum = sums.entry(key(by, call)).or_default();
        sum.0 += 1;
        sum.1 += call.input_tokens.unwrap();
        match call.cost_usd {
            Some(cost) => sum.2 = Some(sum.2.unwrap_or_default() + cost),
            None => sum.3 += 1,
        }
    }
    sums
}

fn reported(reader: &Reader, by: &GroupBy, filter: &CostFilter, query: &Query) -> Sums {
    let report = reader.filtered_cost(by, filter, query).unwrap();
    let total = report.total;
    let groups = report.rows.map(Result::unwrap).map(|row| {
        let usage = row.usage;
        (
            row.key,
            (
                usage.calls,
                usage.input_tokens,
                usage.cost_usd,
                usage.unpriced_calls,
            ),
        )
    });
    let groups: Sums = groups.collect();
    let costs = groups.values().filter_map(|sum| sum.2);
    assert_eq!(costs.sum::<Usd>(), total.cost_usd.unwrap_or_default());
    let calls: u64 = groups.values().map(|sum| sum.0).sum();
    let unpriced: u64 = groups.values().map(|sum| sum.3).sum();
    assert_eq!((calls, unpriced), (total.calls, total.unpriced_calls));
    groups
}

fn groupings() -> Vec<GroupBy> {
    let names = [
        "user",
        "session",
        "conversation",
        "model",
        "provider",
        "agent",
        "day",
        "tag:plan",
    ];
    names.map(|by| by.parse().unwrap()).to_vec()
}

#[test]
fn filtered_costs_equal_sums_of_records_for_every_pair_of_groups() {
    let (_folder, reader) = store();
    let calls = all_calls(&reader);
    for of in groupings() {
        let keys: std::collections::BTreeSet<_> = calls.iter().map(|call| key(&of, call)).collect();
        for wanted in keys {
            let filter = match &wanted {
                Some(wanted) => CostFilter::new().only(of.clone(), wanted),
                None => CostFilter::new().without(of.clone()),
            };
            for by in groupings() {
                let expected = sums(&by, calls.iter().filter(|call| key(&of, call) == wanted));
                let actual = reported(&reader, &by, &filter, &Query::all());
                assert_eq!(actual, expected, "by {by} of {of} {wanted:?}");
            }
        }
    }
}

#[test]
fn conditions_are_all_met_and_unknown_ids_are_errors() {
    let (_folder, reader) = store();
    let calls = all_calls(&reader);
    let filter = CostFilter::new()
        .only(GroupBy::User, "u-1")
        .only(GroupBy::Session, "s-3")
        .only(GroupBy::Model, "own-1");
    let expected = calls.iter().filter(|call| {
        call.user.as_deref() == Some("u-1")
            && call.session.as_deref() == Some("s-3")
            && call.model.as_deref() == Some("own-1")
    });
    let expected = sums(&GroupBy::Agent, expected);
    assert!(!expected.is_empty());
    let actual = reported(&reader, &GroupBy::Agent, &filter, &Query::all());
    assert_eq!(actual, expected);

    let of = |by, key| CostFilter::new().only(by, key);
    let answer = |filter| reader.filtered_cost(&GroupBy::Day, &filter, &Query::all());
    let error = answer(of(GroupBy::User, "nobody")).unwrap_err();
    assert!(matches!(error, StoreError::UnknownUser { .. }), "{error}");
    let error = answer(of(GroupBy::Session, "none")).unwrap_err();
    assert!(
        matches!(error, StoreError::UnknownSession { .. }),
        "{error}"
    );
    let error = answer(of(GroupBy::Conversation, "none")).unwrap_err();
    assert!(
        matches!(error, StoreError::UnknownConversation { .. }),
        "{error}"
    );
    let none = answer(of(GroupBy::Model, "'; DROP TABLE usages; --")).unwrap();
    assert_eq!((none.total.calls, none.rows.count()), (0, 0));
}

fn over_time(
    reader: &Reader,
    by: &GroupBy,
    bucket: Option<TimeBucket>,
    query: &Query,
) -> CostOverTime {
    let costs = reader.cost_over_time(by, bucket, &CostFilter::new(), query);
    costs.unwrap()
}

#[test]
fn points_equal_sums_of_records_in_every_bucket() {
    let (_folder, reader) = store();
    let calls = all_calls(&reader);
    for bucket in [
        TimeBucket::Minute,
        TimeBucket::Hour,
        TimeBucket::Day,
        TimeBucket::Month,
    ] {
        for by in groupings() {
            let costs = over_time(&reader, &by, Some(bucket), &Query::all());
            assert_eq!((costs.bucket, costs.other.is_some()), (bucket, false));
            let mut starts = Vec::new();
            for series in &costs.series {
                for point in &series.points {
                    let in_bucket = |call: &&RecordRow| {
                        key(&by, call) == series.key && bucket.start_of(call.time) == point.start
                    };
                    let expected = sums(&by, calls.iter().filter(in_bucket));
                    let usage = point.usage;
                    let actual = (
                        usage.calls,
                        usage.input_tokens,
                        usage.cost_usd,
                        usage.unpriced_calls,
                    );
                    assert_eq!(expected[&series.key], actual, "{bucket} by {by}");
                    starts.push(point.start);
                }
                let calls: u64 = series.points.iter().map(|point| point.usage.calls).sum();
                assert_eq!(calls, series.total.calls);
            }
            let calls: u64 = costs.series.iter().map(|series| series.total.calls).sum();
            assert_eq!((calls, costs.total.calls), (240, 240));
            assert_eq!(costs.first, starts.iter().min().copied());
            assert_eq!(costs.last, starts.iter().max().copied());
        }
    }
}

#[test]
fn groups_past_limit_are_summed_and_costs_are_highest_first() {
    let (_folder, reader) = store();
    let all = over_time(
        &reader,
        &GroupBy::User,
        Some(TimeBucket::Hour),
        &Query::all(),
    );
    let cut = over_time(
        &reader,
        &GroupBy::User,
        Some(TimeBucket::Hour),
        &Query::new().limit(2),
    );
    assert_eq!(all.series[..2], cut.series[..]);
    assert_eq!((cut.other_groups, all.series.len()), (4, 6));
    let costs: Vec<_> = all
        .series
        .iter()
        .map(|series| series.total.cost_usd)
        .collect();
    assert!(costs.is_sorted_by(|a, b| a >= b), "{costs:?}");
    let other = cut.other.unwrap();
    let hidden = all.series[2..].iter();
    let cost: Usd = hidden.filter_map(|series| series.total.cost_usd).sum();
    assert_eq!(other.total.cost_usd, Some(cost));
    let calls: u64 = other.points.iter().map(|point| point.usage.calls).sum();
    assert_eq!(calls, other.total.calls);
    for point in &other.points {
        let hidden = all.series[2..].iter().flat_map(|series| &series.points);
        let same = hidden.filter(|other| other.start == point.start);
        assert_eq!(
            same.map(|other| other.usage.calls).sum::<u64>(),
            point.usage.calls
        );
    }
}

#[test]
fn bucket_is_chosen_by_range_and_grows_past_the_limit() {
    let (folder, reader) = store();
    // 240 calls in 80 hours.
    let chosen = over_time(&reader, &GroupBy::Model, None, &Query::all());
    assert_eq!(chosen.bucket, TimeBucket::Hour);
    let hours = |hours: i64| Timestamp::from_nanos(START + hours * HOUR);
    let short = Query::all().since(hours(0)).until(hours(3));
    let chosen = over_time(&reader, &GroupBy::Model, None, &short);
    assert_eq!((chosen.bucket, chosen.total.calls), (TimeBucket::Minute, 9));

    // One call of long ago: the minutes between are more than a chart has.
    let file = Connection::open(folder.path().join("whose.db")).unwrap();
    let sql = "UPDATE records SET start = 0 WHERE id = (SELECT max(record) FROM usages)";
    assert_eq!(file.execute(sql, ()).unwrap(), 1);
    let minutes = over_time(
        &reader,
        &GroupBy::Model,
        Some(TimeBucket::Minute),
        &Query::all(),
    );
    assert_eq!(minutes.bucket, TimeBucket::Month);
    assert_eq!(minutes.first, Some(Timestamp::from_nanos(0)));
    let months = over_time(
        &reader,
        &GroupBy::Model,
        Some(TimeBucket::Month),
        &Query::all(),
    );
    assert_eq!((minutes.total.calls, minutes), (240, months));
}

#[test]
fn changes_compare_a_period_with_the_one_before() {
    let (_folder, reader) = store();
    let calls = all_calls(&reader);
    let at = |hours: i64| Timestamp::from_nanos(START + hours * HOUR);
    let query = Query::all().since(at(50)).until(at(80));
    for by in groupings() {
        let changes = reader.cost_changes(&by, &CostFilter::new(), &query);
        let changes = changes.unwrap().unwrap();
        assert_eq!(
            (changes.before_since, changes.since, changes.until),
            (at(20), at(50), at(80))
        );
        let of = |from, to| {
            let in_period = move |call: &&RecordRow| call.time >= from && call.time < to;
            sums(&by, calls.iter().filter(in_period))
        };
        let (before, after) = (of(at(20), at(50)), of(at(50), at(80)));
        let cost = |sums: &Sums, key: &Option<String>| {
            let cost = sums.get(key).and_then(|sum| sum.2);
            cost.unwrap_or_default()
        };
        let mut expected: BTreeMap<_, _> = before
            .keys()
            .chain(after.keys())
            .map(|key| (key.clone(), cost(&after, key) - cost(&before, key)))
            .collect();
        expected.retain(|_, change| change.as_picos() != 0);
        let sizes: Vec<_> = changes
            .rows
            .iter()
            .map(|row| row.change_usd.as_picos().abs())
            .collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b), "by {by}: {sizes:?}");
        let actual: BTreeMap<_, _> = changes
            .rows
            .iter()
            .map(|row| {
                let (before, after) = (row.before.cost_usd, row.after.cost_usd);
                assert_eq!(
                    row.change_usd,
                    after.unwrap_or_default() - before.unwrap_or_default()
                );
                (row.key.clone(), row.change_usd)
            })
            .collect();
        assert_eq!(actual, expected, "by {by}");
        assert_eq!(
            (changes.total.before.calls, changes.total.after.calls),
            (90, 90)
        );
        let first = reader.cost_changes(&by, &CostFilter::new(), &query.limit(1));
        assert_eq!(
            first.unwrap().unwrap().rows[..],
            changes.rows[..1],
            "by {by}"
        );
    }
    let endless = reader.cost_changes(&GroupBy::User, &CostFilter::new(), &Query::all());
    assert_eq!(endless.unwrap(), None);
}

#[test]
fn later_price_applies_to_costs_over_time() {
    let (_folder, reader) = store();
    let before = over_time(
        &reader,
        &GroupBy::Model,
        Some(TimeBucket::Day),
        &Query::all(),
    );
    assert_eq!(before.total.unpriced_calls, 80);
    let prices = Prices::empty().with_csv("model,input,output\nown-2,5,0\n");
    let reader = reader.with_prices(prices.unwrap());
    let after = over_time(
        &reader,
        &GroupBy::Model,
        Some(TimeBucket::Day),
        &Query::all(),
    );
    assert_eq!(after.total.unpriced_calls, 160);
    assert_eq!(after.series[0].key.as_deref(), Some("own-2"));
}

#[test]
fn empty_store_has_no_series() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || tracing::info!("no call"));
    let costs = over_time(&reader, &GroupBy::User, None, &Query::all());
    assert_eq!((costs.series.len(), costs.first), (0, None));
}
