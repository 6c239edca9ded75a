//! The cost of model calls adds up by user, model, session and tag.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::{folder, record_call, recorded, rows};
use whose_store::{GroupBy, Prices, Queries, Query};

#[test]
fn costs_sum_by_user_model_session_and_tag() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice")
            .session("s-1")
            .tag("plan", "pro")
            .in_scope(|| {
                record_call("gpt-4o-2024-08-06", 1_000_000, 0);
                record_call("gpt-4o", 0, 1_000_000);
            });
        whose::user("bob")
            .tag("plan", "it's \"free\"")
            .in_scope(|| record_call("gpt-4o-mini", 1_000_000, 0));
        record_call("gpt-4o-mini", 1_000_000, 0);
    });
    let rows = |by: &str| -> Vec<_> {
        let report = reader.cost(&by.parse().unwrap(), &Query::all()).unwrap();
        assert_eq!(
            report.total.cost_usd.unwrap().to_string(),
            "$12.80",
            "by {by}"
        );
        assert_eq!((report.total.calls, report.unpriced.len()), (4, 0));
        let row = |row: whose_store::CostRow| (row.key, row.usage.cost_usd.unwrap().to_string());
        report.rows.map(Result::unwrap).map(row).collect()
    };
    let row = |key: &str, cost: &str| ((!key.is_empty()).then(|| key.to_owned()), cost.to_owned());
    assert_eq!(
        rows("user"),
        [
            row("alice", "$12.50"),
            row("", "$0.15"),
            row("bob", "$0.15")
        ]
    );
    assert_eq!(rows("session"), [row("s-1", "$12.50"), row("", "$0.30")]);
    let by_plan = [
        row("pro", "$12.50"),
        row("", "$0.15"),
        row("it's \"free\"", "$0.15"),
    ];
    assert_eq!(rows("tag:plan"), by_plan);
    assert_eq!(
        rows("model"),
        [
            row("gpt-4o", "$10.00"),
            row("gpt-4o-2024-08-06", "$2.50"),
            row("gpt-4o-mini", "$0.30")
        ]
    );
    assert_eq!(rows("tag:'; DROP TABLE records; --"), [row("", "$12.80")]);
}

#[test]
fn unknown_model_is_listed_until_it_has_a_price() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice").in_scope(|| {
            record_call("our-own-7b", 2_000_000, 10);
            record_call("gpt-4o-foo", 7, 7);
            record_call("gpt-4o", 400_000, 0);
        });
        whose::user("bob").in_scope(|| record_call("our-own-7b", 1_000_000, 0));
    });
    {
        let report = reader.cost(&GroupBy::User, &Query::all()).unwrap();
        let listed: Vec<_> = report
            .unpriced
            .iter()
            .map(|model| (model.model.as_str(), model.calls))
            .collect();
        assert_eq!(listed, [("our-own-7b", 2), ("gpt-4o-foo", 1)]);
        assert_eq!(report.total.cost_usd.unwrap().to_string(), "$1.00");
        assert_eq!(report.total.unpriced_calls, 3);
        let bob = rows(Ok(report.rows))
            .into_iter()
            .find(|row| row.key.as_deref() == Some("bob"))
            .unwrap();
        assert_eq!((bob.usage.cost_usd, bob.usage.unpriced_calls), (None, 1));
    }

    // A new price applies to earlier calls.
    let reader = reader.with_prices(
        Prices::builtin()
            .with_price("our-own-7b", 0.5, 1.0)
            .unwrap(),
    );
    let report = reader.cost(&GroupBy::Model, &Query::all()).unwrap();
    assert_eq!(report.total.cost_usd.unwrap().to_string(), "$2.50001");
    assert_eq!(report.unpriced.len(), 1);
    let row = report.rows.map(Result::unwrap).next().unwrap();
    assert_eq!(row.price.as_ref().unwrap().model, "our-own-7b");
}

#[test]
fn only_calls_with_long_input_cost_long_rate() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        record_call("gemini-2.5-pro", 200_000, 0);
        record_call("gemini-2.5-pro", 200_000, 0);
        record_call("gemini-2.5-pro", 400_000, 0);
    });
    // Twice 0.2 million at $1.25, and 0.4 million at $2.50.
    assert_eq!(
        reader
            .totals(&Query::all())
            .unwrap()
            .usage
            .cost_usd
            .unwrap()
            .to_string(),
        "$1.50"
    );
}

#[test]
fn every_answer_bills_a_call_at_the_price_of_its_day() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice").session("s-1").in_scope(|| {
            record_call("our-own-7b", 1_000_000, 0);
            record_call("our-old-7b", 1_000_000, 0);
        });
    });
    let prices = Prices::empty().with_csv(
        "model,valid_from,valid_until,input,output
         our-own-7b,,,1,0
         our-own-7b,2026-01-01,,2,0
         our-own-7b,2999-01-01,,3,0
         our-old-7b,,2026-01-01,1,0",
    );
    let reader = reader.with_prices(prices.unwrap());
    let all = Query::all();
    let report = reader.cost(&GroupBy::Model, &all).unwrap();
    assert_eq!(report.unpriced[0].model, "our-old-7b");
    let usages = [
        report.total,
        reader.totals(&all).unwrap().usage,
        rows(reader.users(&all))[0].usage,
        rows(reader.sessions(None, &all))[0].usage,
    ];
    for usage in usages {
        assert_eq!(usage.cost_usd.unwrap().to_string(), "$2.00");
        assert_eq!((usage.calls, usage.unpriced_calls), (2, 1));
    }
    let records = rows(reader.audit("alice", &all));
    let costs = records.iter().filter_map(|record| record.cost_usd);
    assert_eq!(
        costs.map(|cost| cost.to_string()).collect::<Vec<_>>(),
        ["$2.00"]
    );
}

#[test]
fn impossible_token_counts_break_no_sum() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        (0..3).for_each(|_| record_call("gpt-4o", u64::MAX, u64::MAX));
    });
    let usage = reader.totals(&Query::all()).unwrap().usage;
    assert_eq!(usage.input_tokens, 3 * u64::from(u32::MAX));
}

#[test]
fn groups_past_memory_limit_follow_in_order() {
    const GROUPS: usize = 10_300;
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for number in 0..GROUPS {
            whose::user(format!("u-{number}"))
                .in_scope(|| record_call("gpt-4o-mini", number as u64, 0));
        }
        // The group with the highest cost, by two calls.
        whose::user("u-0").in_scope(|| record_call("gpt-4o-mini", 1_000_000, 0));
    });
    let report = reader.cost(&GroupBy::User, &Query::all()).unwrap();
    let mut keys = report.rows.map(|row| row.unwrap().key.unwrap());
    assert_eq!(keys.next().as_deref(), Some("u-0"));
    // The calls are read again for the other groups. By then this group is a cheap one.
    let file = rusqlite::Connection::open(folder.path().join("whose.db")).unwrap();
    let deleted = file.execute("DELETE FROM usages WHERE input_tokens = 1000000", ());
    assert_eq!(deleted.unwrap(), 1);
    let expected = (1..GROUPS).rev().map(|number| format!("u-{number}"));
    assert!(keys.eq(expected));

    let mut rows = reader.cost(&GroupBy::User, &Query::all()).unwrap().rows;
    assert_eq!(rows.by_ref().take(10_100).count(), 10_100);
    assert_eq!(rows.remaining().unwrap().count, 200);
}
