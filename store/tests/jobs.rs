//! The reader finds what a job did, and what it did not do.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use support::{TIMEOUT, folder, query_number, record_into, rows};
use tempfile::TempDir;
use whose::{MonitorRun, RecordSink, Timestamp};
use whose_store::{Eraser, JobRow, JobStatus, Queries, Query, Reader, Retention, Store};

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// A day in the past, from which the tests count.
const ZERO: i64 = 1_750_000_000_000_000_000;

/// A store whose records are the check-ins of `work`, at the given times after [`ZERO`].
fn store_at(times: &[i64], work: impl FnOnce()) -> TempDir {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, work);
    assert!(store.flush(TIMEOUT).is_complete());
    drop(store);
    let file = Connection::open(&path).unwrap();
    let count = file.query_row("SELECT count(*) FROM records", (), |row| row.get(0));
    assert_eq!(count, Ok(times.len() as i64));
    for (id, time) in (1_i64..).zip(times) {
        let set = "UPDATE records SET start = ?2 WHERE id = ?1";
        file.execute(set, (id, ZERO + time)).unwrap();
    }
    folder
}

fn jobs(folder: &TempDir, query: &Query) -> Vec<JobRow> {
    rows(
        Reader::open(folder.path().join("whose.db"))
            .unwrap()
            .jobs(query),
    )
}

/// The only job as of a time after [`ZERO`].
fn job_at(folder: &TempDir, time: i64) -> JobRow {
    let mut jobs = jobs(folder, &Query::new().until(at(time)));
    assert_eq!(jobs.len(), 1);
    jobs.remove(0)
}

fn at(time: i64) -> Timestamp {
    Timestamp::from_nanos(ZERO + time)
}

fn daily() -> whose::Monitor {
    let day = Duration::from_secs(86_400);
    whose::monitor("nightly").every(day).max(day / 24)
}

#[test]
fn row_has_the_last_run_and_its_settings() {
    let folder = store_at(&[0, MINUTE], || daily().run(|| ()));
    let job = job_at(&folder, HOUR);
    assert_eq!((&*job.monitor, job.status), ("nightly", JobStatus::Ok));
    assert_eq!(job.last_start, Some(at(0)));
    assert_eq!(job.last_end, Some(at(MINUTE)));
    assert!(job.last_duration_ns.is_some());
    assert_eq!(job.every_ns, Some(DAY.unsigned_abs()));
    assert_eq!(job.max_ns, Some(HOUR.unsigned_abs()));
    let counts = (
        job.runs,
        job.failures,
        job.overruns,
        job.unfinished,
        job.missed,
    );
    assert_eq!(counts, (1, 0, 0, 0, 0));
    assert_eq!(job.late_since, None);
}

#[test]
fn start_that_does_not_come_is_late_and_missed_after_its_grace() {
    let folder = store_at(&[0, MINUTE], || daily().run(|| ()));
    for (time, missed) in [
        (DAY + HOUR, 0),
        (DAY + HOUR + 1, 1),
        (5 * DAY + 2 * HOUR, 5),
    ] {
        let job = job_at(&folder, time);
        assert_eq!(job.missed, missed, "{time}");
        let late = (missed > 0).then(|| at(DAY));
        assert_eq!(job.late_since, late, "{time}");
        assert_eq!(job.status, JobStatus::Ok, "the last run was good");
    }
    // By the clock, years have passed.
    assert!(jobs(&folder, &Query::new())[0].missed > 100);
}

#[test]
fn gap_between_two_starts_is_missed_and_no_longer_late() {
    let times = [0, 1, DAY, DAY + 1, 4 * DAY, 4 * DAY + 1];
    let folder = store_at(&times, || (0..3).for_each(|_| daily().run(|| ())));
    let job = job_at(&folder, 4 * DAY + HOUR);
    assert_eq!((job.runs, job.missed, job.late_since), (3, 2, None));
}

#[test]
fn job_without_an_interval_misses_nothing() {
    let folder = store_at(&[0, 1], || whose::monitor("import").run(|| ()));
    let job = job_at(&folder, 100 * DAY);
    assert_eq!((job.missed, job.late_since), (0, None));
}

#[test]
fn run_without_an_end_is_running_and_overruns_by_time() {
    let folder = store_at(&[0], || std::mem::forget(daily().start()));
    let job = job_at(&folder, HOUR);
    assert_eq!(
        (job.status, job.unfinished, job.overruns),
        (JobStatus::Running, 1, 0)
    );
    let job = job_at(&folder, HOUR + 1);
    assert_eq!(
        (job.status, job.unfinished, job.overruns),
        (JobStatus::Overran, 1, 1)
    );
    assert_eq!((job.last_end, job.last_duration_ns), (None, None));
}

#[test]
fn failures_and_overruns_are_counted_apart() {
    let slow = |run: MonitorRun, failed: bool| {
        std::thread::sleep(Duration::from_millis(1));
        match failed {
            true => run.failed("no disk"),
            false => run.ok(),
        }
    };
    let job = || whose::monitor("import").max(Duration::from_nanos(1));
    let folder = store_at(&[0, 1, 2, 3, 4, 5], || {
        slow(job().start(), false);
        slow(job().start(), true);
        assert!(
            whose::monitor("import")
                .run(|| Err::<(), _>("no disk"))
                .is_err()
        );
    });
    let job = job_at(&folder, 5);
    assert_eq!(
        (job.status, job.failures, job.overruns),
        (JobStatus::Running, 1, 2)
    );
    let job = job_at(&folder, 6);
    assert_eq!(
        (job.status, job.failures, job.overruns),
        (JobStatus::Failed, 2, 2)
    );
    assert_eq!(job_at(&folder, 2).status, JobStatus::Overran);
}

#[test]
fn status_is_that_of_the_last_run_although_an_earlier_one_ends_later() {
    let folder = store_at(&[0, 1, 2, 3], || {
        let first = daily().start();
        daily().start().failed("no disk");
        first.ok();
    });
    assert_eq!(job_at(&folder, 4).status, JobStatus::Failed);
    assert_eq!(job_at(&folder, 4).last_end, Some(at(3)));
    assert_eq!(job_at(&folder, 3).unfinished, 1);
}

#[test]
fn time_range_limits_the_counts_and_lists_a_job_that_died_before() {
    let folder = store_at(&[0, 1, DAY, DAY + 1], || {
        assert!(daily().run(|| Err::<(), _>("no disk")).is_err());
        daily().run(|| ());
    });
    let query = Query::new()
        .since(at(4 * DAY))
        .until(at(6 * DAY + HOUR + 1));
    let job = &jobs(&folder, &query)[0];
    assert_eq!((job.runs, job.failures, job.missed), (0, 0, 3));
    assert_eq!(
        (job.last_start, job.late_since),
        (Some(at(DAY)), Some(at(2 * DAY)))
    );
    assert!(jobs(&folder, &Query::new().until(at(0))).is_empty());
}

#[test]
fn jobs_are_ordered_by_name() {
    let folder = store_at(&[0, 1, 2, 3, 4, 5], || {
        for name in ["b", "", "a"] {
            whose::monitor(name).run(|| ());
        }
    });
    let names = jobs(&folder, &Query::new())
        .into_iter()
        .map(|job| job.monitor);
    assert_eq!(names.collect::<Vec<_>>(), ["a", "b"]);
}

/// A store with a run of a job for alice and one for bob.
fn two_owners(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        whose::user("alice").in_scope(|| whose::monitor("of alice").run(|| ()));
        whose::user("bob").in_scope(|| whose::monitor("of bob").run(|| ()));
    });
    assert!(store.flush(TIMEOUT).is_complete());
    path
}

#[test]
fn forgotten_user_takes_the_check_ins_along() {
    let folder = folder();
    let path = two_owners(folder.path());
    Eraser::open(&path).unwrap().forget("alice").unwrap();
    assert_eq!(query_number(&path, "SELECT count(*) FROM check_ins"), 2);
    let jobs = jobs(&folder, &Query::new());
    assert_eq!((jobs.len(), &*jobs[0].monitor), (1, "of bob"));
}

#[test]
fn retention_takes_the_check_ins_of_old_records_along() {
    let folder = folder();
    let path = two_owners(folder.path());
    let file = Connection::open(&path).unwrap();
    let older = "UPDATE records SET start = start - ?1 WHERE id <= 2";
    file.execute(older, [31 * DAY]).unwrap();
    Eraser::open(&path)
        .unwrap()
        .keep(&Retention::new().days(30))
        .unwrap();
    assert_eq!(query_number(&path, "SELECT count(*) FROM check_ins"), 2);
    assert_eq!(&*jobs(&folder, &Query::new())[0].monitor, "of bob");
}

#[test]
fn forged_check_ins_end_no_query_early() {
    let folder = store_at(&[0, 1], || daily().run(|| ()));
    let path = folder.path().join("whose.db");
    let file = Connection::open(&path).unwrap();
    file.execute_batch(
        "UPDATE check_ins SET every = 1, longest = -9223372036854775808, duration = -1;
         INSERT INTO records (id, site, traits, text, start) VALUES
           (3, 1, 1, 1, 9223372036854775807), (4, 1, 1, 1, -9223372036854775808);
         INSERT INTO check_ins (record, monitor, run, status) VALUES
           (3, CAST(x'ff' AS TEXT), 'r', 'started'), (4, CAST(x'fe' AS TEXT), 'r', 'no status');
         UPDATE records SET start = -9223372036854775808 WHERE id = 1",
    )
    .unwrap();
    let found = jobs(&folder, &Query::new());
    let names: Vec<_> = found.iter().map(|job| &*job.monitor).collect();
    assert_eq!(names, ["nightly", "\u{fffd}"]);
    assert_eq!((found[0].every_ns, found[0].max_ns), (Some(1), None));
}
