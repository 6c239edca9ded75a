//! What cannot be written is counted, and seen without asking.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use support::{lines, log, numbers, with_sink};
use whose::RecordSink;
use whose_json_lines::{JsonLines, JsonLinesBuilder, Rotation};

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(400);

fn one_file(folder: &Path) -> JsonLinesBuilder {
    JsonLines::builder(folder).rotation(Rotation::Never)
}

/// A file of a full disk.
fn full_disk(folder: &Path) {
    std::os::unix::fs::symlink("/dev/full", folder.join("whose.jsonl")).unwrap();
}

#[test]
fn full_disk_is_unsafe_and_each_lost_record_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    full_disk(folder.path());
    let sink = one_file(folder.path())
        .max_queued_records(100)
        .open()
        .unwrap();
    with_sink(sink.clone(), || {
        log(10);
        assert!(
            !sink.flush(LONG).is_safe(),
            "a flush does not wait for the disk to be emptied"
        );
        log(1_000);
    });
    assert!(sink.dropped() >= 800, "a full queue drops: {sink:?}");
    assert!(!sink.shutdown(SHORT).is_safe());
    assert!(
        sink.flush(LONG).not_taken() == 0,
        "each drop is reported once"
    );
    drop(sink.clone());
    // Once the writer has given up, every record is counted.
    while sink.dropped() < 1_010 {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(sink.dropped(), 1_010);
}

#[test]
fn records_that_waited_for_the_disk_are_written_in_order() {
    let folder = tempfile::tempdir().unwrap();
    full_disk(folder.path());
    let path = folder.path().join("whose.jsonl");
    let sink = one_file(folder.path()).open().unwrap();
    with_sink(sink.clone(), || log(2_000));
    assert!(!sink.flush(LONG).is_safe());
    fs::remove_file(&path).unwrap(); // the disk has space again
    while !sink.flush(LONG).is_safe() {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(numbers(&path), (0..2_000).collect::<Vec<_>>());
    assert_eq!(sink.dropped(), 0);
}

#[test]
fn deleted_file_is_created_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.jsonl");
    let sink = one_file(folder.path()).open().unwrap();
    with_sink(sink.clone(), || {
        log(1);
        assert!(sink.flush(LONG).is_complete());
        fs::remove_file(&path).unwrap();
        // The writer checks the path once a second.
        while !path.exists() {
            log(1);
            sink.flush(LONG);
            std::thread::sleep(Duration::from_millis(50));
        }
        log(1);
    });
    assert!(sink.shutdown(LONG).is_safe());
    assert!(lines(&path).iter().all(|line| line["user.id"] == "alice"));
}

#[test]
fn folder_that_vanished_is_created_again() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("logs");
    let path = folder.join("whose.jsonl");
    let sink = one_file(&folder).open().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    with_sink(sink.clone(), || {
        while !path.exists() {
            log(1);
            sink.flush(LONG);
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    assert!(sink.shutdown(LONG).is_safe());
}

const CHILD: &str = "WHOSE_JSON_LINES_FOLDER";

/// Runs in a process of its own, whose stderr the test below reads.
#[test]
#[ignore = "run by another test"]
fn lose_records() {
    let folder = std::env::var(CHILD).unwrap();
    let sink = one_file(Path::new(&folder))
        .max_queued_records(100)
        .open()
        .unwrap();
    with_sink(sink.clone(), || {
        log(10);
        sink.flush(LONG);
        log(1_000);
        for _ in 0..5 {
            sink.flush(LONG);
            std::thread::sleep(Duration::from_millis(100));
        }
        sink.shutdown(SHORT);
    });
}

#[test]
fn losses_are_warned_about_once_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    full_disk(folder.path());
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "lose_records", "--nocapture"])
        .env(CHILD, folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(child.stderr).unwrap();
    assert!(child.status.success(), "{stderr}");
    let of_sink = stderr
        .lines()
        .filter(|line| line.starts_with("whose-json-lines:"));
    let warnings: Vec<_> = of_sink.collect();
    let count = |text: &str| warnings.iter().filter(|line| line.contains(text)).count();
    assert_eq!(count("cannot write"), 1, "{stderr}");
    assert_eq!(count("records were dropped"), 1, "{stderr}");
    assert_eq!(warnings.len(), 2, "{stderr}");
}
