//! The cost of cached and reasoning tokens, of service tiers, and of calls without a user.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::{folder, recorded};
use whose::{Scope, User};
use whose_store::{CostReport, GroupBy, Prices, Queries, Query, Reader};

/// Prices in dollars for a million tokens.
const PRICES: &str = "model,tier,input,output,cache_read,cache_write,cache_write_1h,reasoning
own-1,standard,3,15,0.3,3.75,6,15
own-1,batch,1.5,7.5,0.15,1.875,3,7.5
";

fn priced(reader: Reader) -> Reader {
    reader.with_prices(Prices::empty().with_csv(PRICES).unwrap())
}

fn keys_and_costs(report: CostReport<'_>) -> Vec<(Option<String>, Option<String>)> {
    let rows = report.rows.map(Result::unwrap);
    rows.map(|row| (row.key, row.usage.cost_usd.map(|cost| cost.to_string())))
        .collect()
}

#[test]
fn stored_call_is_billed_part_by_part() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        let call = whose::usage("own-1")
            .input_tokens(10_000)
            .output_tokens(500);
        let call = call.cache_read_tokens(6_000).cache_write_tokens(3_000);
        call.cache_write_1h_tokens(1_000)
            .reasoning_tokens(400)
            .record();
    });
    let reader = priced(reader);
    let report = reader.cost(&GroupBy::Model, &Query::new()).unwrap();
    // (10,000 - 6,000 - 3,000) * 3 + 6,000 * 0.3 + 2,000 * 3.75 + 1,000 * 6 + 500 * 15, for a million.
    assert_eq!(report.total.cost_usd.unwrap().as_picos(), 25_800_000_000);
    assert_eq!(report.total.cache_read_tokens, 6_000);
    assert_eq!(report.total.cache_write_tokens, 3_000);
    assert_eq!(report.total.reasoning_tokens, 400);
    let record = reader
        .unattributed(&Default::default(), &Query::new())
        .unwrap();
    let record = record.map(Result::unwrap).next().unwrap();
    assert_eq!(record.cost_usd, report.total.cost_usd);
    assert_eq!(record.cache_write_1h_tokens, Some(1_000));
}

#[test]
fn model_of_two_providers_is_one_group() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for (model, provider) in [
            ("own-1", Some("openai")),
            ("own-1", None),
            ("own-2", None),
            ("own-2", Some("azure")),
        ] {
            let call = whose::usage(model).provider(provider);
            call.input_tokens(1_000_000).record();
        }
    });
    let reader = priced(reader);
    let report = reader.cost(&GroupBy::Model, &Query::new()).unwrap();
    let unpriced = report.unpriced.iter();
    let unpriced: Vec<_> = unpriced.map(|row| (&*row.model, row.calls)).collect();
    assert_eq!(unpriced, [("own-2", 2)]);
    let row = |key: &str, cost: Option<&str>| (Some(key.to_owned()), cost.map(str::to_owned));
    let rows = keys_and_costs(report);
    assert_eq!(rows, [row("own-1", Some("$6.00")), row("own-2", None)]);
}

#[test]
fn tier_of_a_call_decides_its_price_and_unknown_tier_has_none() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for (user, tier) in [
            ("a", "default"),
            ("b", "batch"),
            ("c", "priority"),
            ("d", "moon"),
        ] {
            whose::user(user).in_scope(|| {
                let call = whose::usage("own-1").input_tokens(1_000_000);
                call.service_tier(tier).record();
            });
        }
    });
    let reader = priced(reader);
    let report = reader.cost(&GroupBy::User, &Query::new()).unwrap();
    assert_eq!(report.total.unpriced_calls, 2);
    let mut rows = keys_and_costs(report);
    rows.sort();
    let row = |key: &str, cost: Option<&str>| (Some(key.to_owned()), cost.map(str::to_owned));
    let expected = [
        row("a", Some("$3.00")),
        row("b", Some("$1.50")),
        row("c", None),
        row("d", None),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn cost_without_a_user_is_listed_with_its_reasons() {
    let call = || whose::usage("own-1").input_tokens(1_000_000).record();
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice").in_scope(call);
        call();
        call();
        whose::anonymous().in_scope(call);
        Scope::isolated().in_scope(|| {
            call(); // before the login
            whose::set_user("bob");
            tracing::info_span!("after the login").in_scope(call);
        });
    });
    let reader = priced(reader);
    for by in ["user", "model", "session", "day"] {
        let report = reader.cost(&by.parse().unwrap(), &Query::new()).unwrap();
        let listed: Vec<_> = report
            .unattributed
            .iter()
            .map(|row| (row.reason.as_str(), row.usage.calls))
            .collect();
        let mut listed_by_name = listed.clone();
        listed_by_name.sort_unstable();
        let expected = [("anonymous", 1), ("late", 1), ("no_scope", 2)];
        assert_eq!(listed_by_name, expected, "by {by}");
        assert_eq!(listed[0].0, "no_scope", "the highest cost is first");
        assert_eq!(report.total.calls, 6);
    }
}

#[test]
fn costs_group_by_service_day_and_attribute() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        let user = |id: &str, org: &str| User::new(id).with_attr("org", org);
        for user in [user("a", "x"), user("b", "x"), user("c", "y")] {
            whose::user(user).in_scope(|| whose::usage("own-1").input_tokens(1_000_000).record());
        }
    });
    let reader = priced(reader);
    let costs =
        |by: &str| keys_and_costs(reader.cost(&by.parse().unwrap(), &Query::new()).unwrap());
    let row = |key: &str, cost: &str| (Some(key.to_owned()), Some(cost.to_owned()));
    assert_eq!(costs("attr:org"), [row("x", "$6.00"), row("y", "$3.00")]);
    let days = costs("day");
    let day = days[0].0.as_deref().unwrap();
    assert_eq!((day.len(), days[0].1.as_deref()), (10, Some("$9.00")));
    assert_eq!(costs("service").len(), 1);
}

#[test]
fn costs_group_by_conversation_inside_one_session() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice").session("visit-1").in_scope(|| {
            let call = || whose::usage("own-1").input_tokens(1_000_000).record();
            whose::conversation("t-1").in_scope(|| (call(), call()));
            whose::conversation("t-2").in_scope(call);
            call();
        });
    });
    let reader = priced(reader);
    let costs =
        |by: &str| keys_and_costs(reader.cost(&by.parse().unwrap(), &Query::new()).unwrap());
    let row = |key: Option<&str>, cost: &str| (key.map(str::to_owned), Some(cost.to_owned()));
    let expected = [
        row(Some("t-1"), "$6.00"),
        row(None, "$3.00"),
        row(Some("t-2"), "$3.00"),
    ];
    assert_eq!(costs("conversation"), expected);
    assert_eq!(costs("session"), [row(Some("visit-1"), "$12.00")]);
    let records = reader.session_records("visit-1", &Query::new()).unwrap();
    let conversations: Vec<_> = records.map(|row| row.unwrap().conversation).collect();
    let expected = [Some("t-1"), Some("t-1"), Some("t-2"), None];
    assert_eq!(conversations, expected.map(|id| id.map(str::to_owned)));
}

#[test]
fn costs_group_by_agent_and_by_tool() {
    use tracing::info_span;

    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        let call = || whose::usage("own-1").input_tokens(1_000_000).record();
        let agent = |name: &'static str| {
            info_span!(
                "invoke_agent",
                gen_ai.operation.name = "invoke_agent",
                gen_ai.agent.name = name
            )
        };
        let tool = || {
            info_span!(
                "execute_tool",
                gen_ai.operation.name = "execute_tool",
                gen_ai.tool.name = "look_up"
            )
        };
        call();
        agent("plan").in_scope(|| {
            call();
            tool().in_scope(|| agent("research").in_scope(|| (call(), call(), call())));
        });
    });
    let reader = priced(reader);
    let costs =
        |by: &str| keys_and_costs(reader.cost(&by.parse().unwrap(), &Query::new()).unwrap());
    let row = |key: Option<&str>, cost: &str| (key.map(str::to_owned), Some(cost.to_owned()));
    let mut agents = costs("agent");
    agents.sort();
    let expected = [
        row(None, "$3.00"),
        row(Some("plan"), "$3.00"),
        row(Some("research"), "$9.00"),
    ];
    assert_eq!(agents, expected);
    assert_eq!(
        costs("tool"),
        [row(Some("look_up"), "$9.00"), row(None, "$6.00")]
    );
}
