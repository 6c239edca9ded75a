//! `whose coverage --baseline` names only new call sites, and the file is stable.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::Path;

use support::gate::{
    FILE, TARGET, append, failure, folder_of, gate, nightly, one_of_ten, sweep, usage_error,
};
use support::stdout;
use tracing::{info, info_span};

/// The lines of a baseline that are not comments.
fn entries(baseline: &Path) -> Vec<String> {
    let text = fs::read_to_string(baseline).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(str::to_owned).collect()
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
        error.ends_with("every call site is in the baseline\n"),
        "{error}"
    );
}

#[test]
fn baseline_round_trip_is_sorted_without_lines_and_stable() {
    let folder = folder_of(|| {
        sweep();
        nightly();
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
            format!("{FILE} {TARGET} span nightly 1"),
            format!("{FILE} {TARGET} span sweep 1"),
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
        error.contains("every call site is in the baseline"),
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
