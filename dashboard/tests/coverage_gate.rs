//! `whose coverage --fail-under` passes and fails over real stores, with the real binary.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use support::{folder, stdout, whose};
use tempfile::TempDir;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::RecordSink;
use whose_store::Store;

/// A folder with a store of the records of `work`.
fn folder_of(work: impl FnOnce()) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    append(folder.path(), work);
    folder
}

/// Adds the records of `work` to the store.
fn append(folder: &Path, work: impl FnOnce()) {
    let store = Store::open(folder.join("whose.db")).unwrap();
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    tracing::subscriber::with_default(subscriber, work);
    assert!(store.flush(Duration::from_secs(60)).is_complete());
}

fn nightly() {
    drop(info_span!("nightly").entered());
}

fn sweep() {
    drop(info_span!("sweep").entered());
}

/// Nine records with a user and one without.
fn one_of_ten() {
    nightly();
    whose::user("alice").in_scope(|| (0..8).for_each(|_| info!("hers")));
    whose::anonymous().in_scope(|| info!("a visitor's"));
}

fn gate(folder: &Path, arguments: &[&str]) -> Output {
    whose(folder, &[&["coverage", "--wide"], arguments].concat())
}

/// What a failing gate prints on stdout and stderr.
fn failure(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = gate(folder, arguments);
    assert_eq!(output.status.code(), Some(3), "{arguments:?}: {output:?}");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// The error of an invalid command line or file.
fn usage_error(folder: &Path, arguments: &[&str]) -> String {
    let output = gate(folder, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// The lines of a baseline that are not comments.
fn entries(baseline: &Path) -> Vec<String> {
    let text = fs::read_to_string(baseline).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

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
    let site = format!("{}:", file!());
    assert!(row.starts_with(&site) && row.contains("nightly"), "{table}");
    assert!(row.ends_with("1 (100%)  no scope 1"), "{table}");
    assert!(!table.contains("passed"), "{table}");
    assert!(
        table.contains("\nno scope: no scope was current"),
        "{table}"
    );
}

#[test]
fn new_call_site_is_named_and_baselined_one_is_not() {
    let folder = folder_of(one_of_ten);
    let write = ["coverage", "--baseline", "known.txt", "--write-baseline"];
    assert_eq!(
        stdout(folder.path(), &write),
        "wrote \"known.txt\": 1 call site without a user\n"
    );
    append(folder.path(), sweep);
    let arguments = ["--fail-under", "98", "--baseline", "known.txt"];
    let (table, error) = failure(folder.path(), &arguments);
    assert!(
        table.contains("sweep") && !table.contains("nightly"),
        "{table}"
    );
    assert!(
        table.contains("1 new call site without a user; 1 in the baseline\n"),
        "{table}"
    );
    assert!(
        error.ends_with("less than 98%: 1 new call site without a user\n"),
        "{error}"
    );

    // The share fell, and every call site is known.
    assert!(stdout(folder.path(), &write).contains("2 call sites"));
    let (table, error) = failure(folder.path(), &arguments);
    assert!(
        table.starts_with("no new call site without a user; 2 in the baseline\n"),
        "{table}"
    );
    assert!(
        error.ends_with("the call sites are those of the baseline\n"),
        "{error}"
    );
}

#[test]
fn baseline_round_trip_is_sorted_without_lines_and_stable() {
    let folder = folder_of(|| {
        (sweep(), nightly());
        // Two events of one module have no name, and one entry.
        info!("nobody's");
        info!("nobody's either");
        drop(info_span!("GET /users \u{1b}[2J").entered());
    });
    let baseline = folder.path().join("known.txt");
    let write = ["coverage", "--baseline", "known.txt", "--write-baseline"];
    let text = stdout(folder.path(), &write);
    assert!(text.contains("5 call sites without a user"), "{text}");
    let (file, target) = (file!(), module_path!());
    assert_eq!(
        entries(&baseline),
        [
            format!("{file} {target} event - 2"),
            format!(r#"{file} {target} span "GET /users \u{{1b}}[2J" 1"#),
            format!("{file} {target} span nightly 1"),
            format!("{file} {target} span sweep 1"),
        ]
    );
    let first = fs::read_to_string(&baseline).unwrap();
    assert!(
        first.starts_with("# whose coverage baseline, version 1\n#\n"),
        "{first}"
    );
    assert!(
        first
            .lines()
            .all(|line| !line.starts_with('#') || line.len() <= 80)
    );

    append(folder.path(), nightly);
    stdout(folder.path(), &write);
    assert_eq!(fs::read_to_string(&baseline).unwrap(), first);
    let check = ["--fail-under", "50", "--baseline", "known.txt"];
    let (table, _) = failure(folder.path(), &check);
    assert!(
        table.starts_with("no new call site without a user; 5 in"),
        "{table}"
    );
}

#[test]
fn another_unnamed_event_of_baselined_module_is_new() {
    let folder = folder_of(|| info!("first"));
    let baseline = ["--baseline", "known.txt"];
    let write = [&["coverage", "--write-baseline"], &baseline[..]].concat();
    stdout(folder.path(), &write);
    append(folder.path(), || info!("second"));
    let check = [&["--fail-under", "50"], &baseline[..]].concat();
    let (table, _) = failure(folder.path(), &check);
    assert_eq!(table.matches("1 of 2 alike").count(), 2, "{table}");
    assert!(
        table.contains("1 new call site without a user; 1 in"),
        "{table}"
    );
}

#[test]
fn entry_of_repaired_call_site_is_reported() {
    let folder = folder_of(one_of_ten);
    let head = "# whose coverage baseline, version 1\n";
    fs::write(
        folder.path().join("known.txt"),
        format!("{head}src/gone.rs app span gone 1\n"),
    )
    .unwrap();
    let arguments = ["coverage", "--fail-under", "90", "--baseline", "known.txt"];
    let text = stdout(folder.path(), &arguments);
    assert!(
        text.contains("1 line of the baseline without a call site")
            && text.contains("\n  src/gone.rs app span gone\n"),
        "{text}"
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
    // A baseline by span knows the call sites of model calls too.
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
fn gate_over_no_records_exits_with_3() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path().join("whose.db")).unwrap());
    let (_, error) = failure(folder.path(), &["--fail-under", "0"]);
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
    assert_eq!((sites.len(), &sites[0]["file"]), (1, &file!().into()));

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
fn malformed_baseline_error_names_file_and_line() {
    let folder = folder_of(one_of_ten);
    let head = "# whose coverage baseline, version 1\n";
    for (text, message) in [
        (
            format!("{head}\n# fine\nsrc/a.rs app span\n"),
            "line 4: expected five words",
        ),
        (
            format!("{head}<<<<<<< ours\n"),
            "line 2: expected five words",
        ),
        (
            format!("{head}src/a.rs app span \"x 1\n"),
            "line 2: a closing quote is missing",
        ),
        (
            "src/a.rs app span x 1\n".to_owned(),
            "line 1: not a baseline",
        ),
        (String::new(), "line 1: not a baseline"),
        (
            "# whose coverage baseline, version 2\n".to_owned(),
            "line 1: a baseline of version 2",
        ),
    ] {
        fs::write(folder.path().join("known.txt"), text).unwrap();
        let arguments = ["--fail-under", "90", "--baseline", "known.txt"];
        let error = usage_error(folder.path(), &arguments);
        assert!(
            error.contains(&format!("\"known.txt\": {message}")),
            "{error}"
        );
    }
    let error = usage_error(
        folder.path(),
        &["--fail-under", "90", "--baseline", "none.txt"],
    );
    assert!(
        error.contains("\"none.txt\": there is no such baseline"),
        "{error}"
    );
    let error = usage_error(folder.path(), &["--fail-under", "90", "--baseline", "."]);
    assert!(error.contains("the baseline cannot be read"), "{error}");
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

#[test]
fn file_that_is_no_baseline_is_not_overwritten() {
    let folder = folder_of(one_of_ten);
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, "precious\n").unwrap();
    let error = usage_error(
        folder.path(),
        &["--baseline", "notes.txt", "--write-baseline"],
    );
    assert!(
        error.contains("the file is not a baseline and stays"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&notes).unwrap(), "precious\n");
    let nowhere = ["--baseline", "none/known.txt", "--write-baseline"];
    let error = usage_error(folder.path(), &nowhere);
    assert!(error.contains("the baseline cannot be written"), "{error}");
}

#[test]
fn written_baseline_is_checked_with_fail_under() {
    let folder = folder_of(one_of_ten);
    let arguments = [
        "--fail-under",
        "98",
        "--baseline",
        "known.txt",
        "--write-baseline",
    ];
    let (text, error) = failure(folder.path(), &arguments);
    assert!(
        text.starts_with("wrote \"known.txt\": 1 call site"),
        "{text}"
    );
    assert!(
        error.contains("the call sites are those of the baseline"),
        "{error}"
    );
}

#[test]
fn hostile_text_never_reaches_terminal_or_baseline() {
    let folder = folder_of(|| drop(info_span!("\u{1b}[2J\u{202e}\n#").entered()));
    let arguments = [
        "--fail-under",
        "98",
        "--baseline",
        "known.txt",
        "--write-baseline",
    ];
    let mut outputs = vec![gate(folder.path(), &arguments).stdout];
    outputs.push(gate(folder.path(), &["--fail-under", "98"]).stdout);
    outputs.push(gate(folder.path(), &["--fail-under", "98", "--json"]).stdout);
    outputs.push(fs::read(folder.path().join("known.txt")).unwrap());
    for output in outputs {
        let text = String::from_utf8(output).unwrap();
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
    let (table, _) = failure(
        folder.path(),
        &["--fail-under", "98", "--baseline", "known.txt"],
    );
    assert!(table.starts_with("no new call site"), "{table}");
}
