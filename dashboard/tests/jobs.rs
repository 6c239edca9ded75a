//! `whose jobs` lists what ran and what did not, with the real binary and a real store.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::time::Duration;

use support::{HOSTILE, as_alice, json, line, stdout, store_of, whose};
use tempfile::TempDir;

fn folder() -> TempDir {
    store_of(
        |it| it,
        || {
            let daily = |name: &str| {
                let day = Duration::from_secs(86_400);
                whose::monitor(name)
                    .every(day)
                    .max(Duration::from_secs(600))
            };
            as_alice(|| daily("nightly").run(|| ()));
            assert!(daily("import").run(|| Err::<(), _>("no disk")).is_err());
            whose::monitor(HOSTILE).run(|| ());
        },
    )
}

#[test]
fn table_lists_jobs_by_name_with_sums() {
    let folder = folder();
    let table = stdout(folder.path(), &["jobs", "--wide"]);
    let header = table.lines().next().unwrap();
    for title in [
        "job",
        "status",
        "last start",
        "took",
        "every",
        "max",
        "missed",
    ] {
        assert!(header.contains(title), "{title}: {table}");
    }
    assert!(
        !header.contains("late since") && !header.contains("no end"),
        "{table}"
    );
    assert_eq!(line(&table, "import")[1], "failed");
    assert_eq!(line(&table, "nightly")[1], "ok");
    assert_eq!(
        line(&table, "nightly")[4..],
        ["1d", "10m", "1", "0", "0", "0"]
    );
    assert!(
        !table.contains('\u{1b}') && table.contains("mallory"),
        "{table}"
    );
    assert!(table.ends_with("\n3 jobs, 1 failed last\n"), "{table}");
}

#[test]
fn job_that_no_longer_starts_is_late() {
    let folder = folder();
    let late = ["jobs", "--wide", "--until", "2100-01-01"];
    let table = stdout(folder.path(), &late);
    assert!(table.contains("late since"), "{table}");
    assert!(
        table.ends_with("\n3 jobs, 2 late, 1 failed last\n"),
        "{table}"
    );
    // Seven days of starts, and the hour in which the last of them is not missed yet: the count is the same
    // at any time of the day.
    let until = "2100-01-01T01:00:00Z";
    let recent = ["jobs", "--since", "2099-12-25", "--until", until];
    let jobs = json(folder.path(), &recent);
    let nightly = jobs.as_array().unwrap();
    let nightly = nightly
        .iter()
        .find(|job| job["monitor"] == "nightly")
        .unwrap();
    assert_eq!(
        (&nightly["runs"], &nightly["missed"]),
        (&0.into(), &7.into())
    );
    assert!(nightly["late_since"].is_string());
}

#[test]
fn json_has_every_value() {
    let folder = folder();
    let jobs = json(folder.path(), &["jobs"]);
    let import = jobs
        .as_array()
        .unwrap()
        .iter()
        .find(|job| job["monitor"] == "import");
    let import = import.unwrap();
    assert_eq!(import["status"], "failed");
    assert_eq!(import["every_ns"], 86_400_000_000_000_u64);
    assert_eq!(import["max_ns"], 600_000_000_000_u64);
    assert_eq!(
        (&import["failures"], &import["unfinished"]),
        (&1.into(), &0.into())
    );
    assert!(import["late_since"].is_null());
}

#[test]
fn trail_shows_job_and_status_of_a_check_in() {
    let folder = store_of(
        |it| it,
        || {
            as_alice(|| {
                whose::monitor("import").start().failed("no disk");
            });
        },
    );
    let trail = stdout(folder.path(), &["audit", "--user", "alice"]);
    assert!(trail.contains("import started"), "{trail}");
    assert!(trail.contains("import failed: no disk"), "{trail}");
}

#[test]
fn store_without_jobs_and_limit_are_stated() {
    let none = store_of(|it| it, || tracing::info!("nothing monitored"));
    assert_eq!(stdout(none.path(), &["jobs"]), "no monitored jobs\n");
    assert_eq!(json(none.path(), &["jobs"]), serde_json::json!([]));
    let folder = folder();
    let table = stdout(folder.path(), &["jobs", "--limit", "1"]);
    assert!(
        table.ends_with("… 2 more: --limit 0 prints all\n"),
        "{table}"
    );
    let output = whose(folder.path(), &["jobs", "--user", "alice"]);
    assert_eq!(output.status.code(), Some(2));
}
