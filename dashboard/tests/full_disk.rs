//! A full disk, with a process that writes and a server: nothing is shown without a row of the access log,
//! readers go on, and everything recovers.
#![cfg(target_os = "linux")] // The test mounts a file system.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use support::server::Server;
use support::small_disk::on_small_disk;
use support::writer::{self, Writer};
use support::{stdout, whose};

/// The heading of the warning at the top of a page.
const WARNING: &str = "The file cannot be written.";
/// Pages that show no person.
const LISTS: [&str; 7] = [
    "/users",
    "/sessions",
    "/cost",
    "/errors",
    "/search?q=record",
    "/attribution",
    "/health",
];
const PERSON: &str = "/person?id=user-1";

#[test]
fn writer_process() {
    writer::run();
}

/// Fills the disk to the last byte, until neither the writer nor the access log can add anything.
fn fill(disk: &Path, writer: &mut Writer, served: &Server) {
    let mut ballast = File::create(disk.join("ballast")).unwrap();
    while ballast.write(&[7; 4096]).is_ok_and(|bytes| bytes > 0) {}
    while writer.write(100, 4_000).is_complete {}
    // The failed write has left space in the log.
    while served.get(PERSON).status == 200 {}
}

/// Lets the disk have free space, and waits until the writer has written what waited.
fn free(disk: &Path, writer: &mut Writer) {
    fs::remove_file(disk.join("ballast")).unwrap();
    while !writer.write(1, 10).is_complete {}
}

#[test]
fn full_disk_is_shown_on_pages_and_everything_recovers() {
    const TEST: &str = "full_disk_is_shown_on_pages_and_everything_recovers";
    on_small_disk(TEST, 24, |disk| {
        let mut writer = Writer::start(disk);
        assert!(writer.write(40, 100).is_complete);
        let served = Server::start(disk);
        for path in LISTS.iter().chain([&PERSON]) {
            assert!(!served.page(path).contains(WARNING), "{path}");
        }
        fill(disk, &mut writer, &served);
        let lost = writer.write(1_000, 100);
        assert!(lost.dropped > 0, "{lost:?}");

        for path in LISTS {
            let page = served.page(path);
            assert!(page.contains(WARNING) && page.contains("full"), "{path}");
        }
        let (page, json) = (served.get(PERSON), served.get("/person.json?id=user-1"));
        assert_eq!((page.status, json.status), (503, 503));
        assert!(page.body.contains(WARNING), "{}", page.body);
        for answer in [page, json] {
            assert!(answer.body.contains("cannot be logged"), "{}", answer.body);
            assert!(!answer.body.contains("of-user-1"), "{}", answer.body);
        }
        // A command reads, and shows no person either.
        assert!(stdout(disk, &["users"]).contains("user-1"));
        let audit = whose(disk, &["audit", "--user", "user-1"]);
        assert!(
            !audit.status.success() && audit.stdout.is_empty(),
            "{audit:?}"
        );

        free(disk, &mut writer);
        let written = writer.write(1, 10);
        // The check of the server holds for a second.
        while served.page("/users").contains(WARNING) {}
        assert!(served.page(PERSON).contains("of-user-1"));
        let health = served.json("/health.json");
        let lost = |row: &serde_json::Value| row["records"].as_u64().unwrap();
        let lost: u64 = health["losses"].as_array().unwrap().iter().map(lost).sum();
        assert_eq!(lost, written.dropped);
        assert_eq!(health["records_written"], written.written);
        assert!(served.page("/health").contains("the queue was full"));
        assert!(whose(disk, &["accesses", "--verify"]).status.success());
        stdout(disk, &["check"]);
        let err = writer.close();
        assert!(err.contains("the file cannot be written"), "{err}");
        assert!(err.contains("records were dropped"), "{err}");
    });
}

#[test]
fn writer_killed_on_full_disk_leaves_readable_file() {
    const TEST: &str = "writer_killed_on_full_disk_leaves_readable_file";
    on_small_disk(TEST, 24, |disk| {
        let mut writer = Writer::start(disk);
        assert!(writer.write(40, 100).is_complete);
        let served = Server::start(disk);
        fill(disk, &mut writer, &served);
        let written = writer.write(1, 10).written;
        writer.kill();

        assert!(served.page("/users").contains("user-1"));
        drop(served);
        // Nothing has the file open, and the disk is still full.
        assert!(stdout(disk, &["users"]).contains("user-1"));
        stdout(disk, &["check"]);
        let erase = ["forget", "--user", "user-2", "--yes"];
        let refused = whose(disk, &erase);
        let err = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && err.contains("full"), "{err}");
        let served = Server::start(disk);
        assert!(served.page("/users").contains("user-1"));
        assert_eq!(served.json("/health.json")["records_written"], written);

        fs::remove_file(disk.join("ballast")).unwrap();
        let mut writer = Writer::start(disk);
        assert!(writer.write(10, 100).is_complete);
        assert_eq!(served.json("/health.json")["records_written"], written + 10);
        assert_eq!(served.get(PERSON).status, 200);
        stdout(disk, &erase);
        assert!(!served.page("/users").contains("user-2"));
        stdout(disk, &["check"]);
    });
}
