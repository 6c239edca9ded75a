//! `whose coverage --fail-under` passes and fails over real stores, with the real binary.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::gate::{
    FILE, append, failure, folder_of, gate, nightly, one_of_ten, sweep, usage_error,
};
use support::{folder, stdout};
use tracing::info;
use whose_store::Store;

#[test]
fn share_at_threshold_passes() {
    let folder = folder_of(one_of_ten);
    for percent in ["0", "89.999999", "90", "90%"] {
        let text = stdout(folder.path(), &["coverage", "--fail-under", percent]);
        let passed = "passed: 90% of 10 records have a user or are anonymous, ";
        assert!(text.contains(passed), "{text}");
        assert!(text.contains("\n1 call site without a user\n"), "{text}");
    }
}

#[test]
fn share_below_threshold_exits_with_3_and_names_call_site() {
    let folder = folder_of(one_of_ten);
    let (table, error) = failure(folder.path(), &["--fail-under", "90.000001"]);
    assert_eq!(
        error,
        "whose: 90% of 10 records have a user or are anonymous, less than 90.000001%: \
         1 call site without a user\n"
    );
    let row = table.lines().nth(1).unwrap();
    let site = format!("{}:", FILE);
    assert!(row.starts_with(&site) && row.contains("nightly"), "{table}");
    assert!(row.ends_with("1 (100%)  no scope 1"), "{table}");
    assert!(!table.contains("passed"), "{table}");
    assert!(
        table.contains("\nno scope: no scope was current"),
        "{table}"
    );
}

/// Alice's call costs $2.50, an anonymous one as much, a call without a user $7.50.
fn calls() {
    let call = |tokens| {
        whose::usage("gpt-4o")
            .input_tokens(tokens)
            .output_tokens(0)
            .record();
    };
    whose::user("alice").in_scope(|| call(1_000_000));
    whose::anonymous().in_scope(|| call(1_000_000));
    whose::usage("gpt-4o")
        .input_tokens(3_000_000)
        .output_tokens(0)
        .record();
    whose::user("alice").in_scope(|| (0..95).for_each(|_| info!("hers")));
}

#[test]
fn gate_by_cost_counts_money_and_not_records() {
    let folder = folder_of(calls);
    let by_span = ["coverage", "--fail-under", "98"];
    assert!(stdout(folder.path(), &by_span).contains("passed: 98.97% of 98 records"));
    let by_cost = ["--fail-under", "50", "--by", "cost"];
    let (table, error) = failure(folder.path(), &by_cost);
    assert_eq!(
        error,
        "whose: 40% of $12.50 has a user or is anonymous, less than 50%: \
         1 call site without a user\n"
    );
    let row = table.lines().nth(1).unwrap();
    assert!(row.contains("$7.50") && row.contains("1 (100%)"), "{table}");
    let passing = ["coverage", "--fail-under", "40", "--by", "cost"];
    assert!(stdout(folder.path(), &passing).contains("passed: 40% of $12.50"));
    // A baseline by span knows the call sites of model calls too, and its others are no mistake.
    append(folder.path(), nightly);
    stdout(
        folder.path(),
        &["coverage", "--baseline", "known.txt", "--write-baseline"],
    );
    let (table, _) = failure(
        folder.path(),
        &[&by_cost[..], &["--baseline", "known.txt"]].concat(),
    );
    assert!(
        table.starts_with("no new call site without a user; 1 in"),
        "{table}"
    );
    assert!(!table.contains("nightly"), "{table}");
}

#[test]
fn call_without_price_is_reported_by_cost() {
    let folder = folder();
    let arguments = ["coverage", "--fail-under", "98", "--by", "cost"];
    let text = stdout(folder.path(), &arguments);
    assert!(
        text.starts_with("passed: 100% of $0.0045 has a user"),
        "{text}"
    );
    assert!(
        text.contains("1 call of models without a price counts nothing: "),
        "{text}"
    );
}

#[test]
fn calls_without_any_price_exit_with_3() {
    let folder = folder_of(|| {
        whose::usage("our-own-7b")
            .input_tokens(1)
            .output_tokens(0)
            .record();
    });
    let (table, error) = failure(folder.path(), &["--fail-under", "0", "--by", "cost"]);
    assert!(table.contains("gen_ai.usage"), "{table}");
    assert!(table.contains("add prices with --prices FILE"), "{table}");
    assert!(error.contains("no model call has a cost"), "{error}");
}

#[test]
fn gate_over_no_records_exits_with_3() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path().join("whose.db")).unwrap());
    let (text, error) = failure(folder.path(), &["--fail-under", "0"]);
    assert_eq!(text, "", "nothing looks like success");
    assert!(
        error.contains("there is no record, and a gate over nothing fails"),
        "{error}"
    );
    let (_, error) = failure(folder.path(), &["--fail-under", "0", "--by", "cost"]);
    assert!(error.contains("no model call has a cost"), "{error}");
    let (_, error) = failure(
        folder.path(),
        &["--baseline", "known.txt", "--write-baseline"],
    );
    assert!(error.contains("there is no record"), "{error}");
    assert!(!folder.path().join("known.txt").exists());
}

#[test]
fn time_range_limits_the_gate() {
    let folder = folder_of(one_of_ten);
    for (range, is_empty) in [(["--since", "1h"], false), (["--until", "1h"], true)] {
        let arguments = [&["--fail-under", "90"], &range[..]].concat();
        let output = gate(folder.path(), &arguments);
        let expected = if is_empty { 3 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{output:?}");
    }
}

#[test]
fn json_states_result_and_call_sites() {
    let folder = folder_of(|| (one_of_ten(), sweep()).0);
    let json = |arguments: &[&str], code| {
        let output = gate(folder.path(), &[arguments, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let failed = json(&["--fail-under", "98.5", "--limit", "1"], 3);
    assert_eq!(failed["passed"], false);
    assert_eq!(failed["by"], "span");
    assert_eq!(failed["required_percent"], 98.5);
    assert_eq!(
        (&failed["records"], &failed["without_user"]),
        (&11.into(), &2.into())
    );
    assert_eq!((&failed["new"], &failed["known"]), (&2.into(), &0.into()));
    let sites = failed["new_call_sites"].as_array().unwrap();
    assert_eq!((sites.len(), &sites[0]["file"]), (1, &FILE.into()));

    let baseline = ["--baseline", "known.txt", "--write-baseline"];
    let written = json(&baseline, 0);
    assert_eq!(
        written,
        serde_json::json!({"baseline": "known.txt", "call_sites": 2})
    );
    let passed = json(&["--fail-under", "50", "--baseline", "known.txt"], 0);
    assert_eq!(
        (&passed["passed"], &passed["known"]),
        (&true.into(), &2.into())
    );
    assert_eq!(passed["new_call_sites"], serde_json::json!([]));

    let nothing = json(&["--fail-under", "50", "--until", "1h"], 3);
    assert_eq!(nothing["passed"], false);
    assert!(nothing["percent"].is_null(), "{nothing}");
}

#[test]
fn invalid_arguments_are_refused() {
    let folder = folder_of(one_of_ten);
    for percent in ["101", "-1", "many", "", "98,5", "NaN"] {
        let error = usage_error(folder.path(), &[&format!("--fail-under={percent}")]);
        assert!(error.contains("expected a number from 0 to 100"), "{error}");
    }
    let error = usage_error(folder.path(), &["--write-baseline"]);
    assert!(error.contains("--baseline <FILE>"), "{error}");
    let error = usage_error(folder.path(), &["--baseline", "known.txt"]);
    assert!(error.contains("--fail-under <PERCENT>"), "{error}");
    let error = usage_error(folder.path(), &["--fail-under", "98", "--by", "user"]);
    assert!(error.contains("possible values: span, cost"), "{error}");
}
