//! Readers that take for ever: none of `whose` keeps the log of the writer from being merged, and a foreign
//! one is shown on the page Health.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;
use support::server::Server;
use support::writer::{self, Writer};

#[test]
fn writer_process() {
    writer::run();
}

/// Whether the whole log can be merged and truncated at this moment.
fn can_merge_log(folder: &Path) -> bool {
    let file = Connection::open(folder.join("whose.db")).unwrap();
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    let busy: i64 = file.query_row(checkpoint, (), |row| row.get(0)).unwrap();
    busy == 0 && fs::metadata(folder.join("whose.db-wal")).unwrap().len() == 0
}

/// Requests a path, and reads no more than the first byte of the answer.
fn request(served: &Server, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(served.authority()).unwrap();
    let host = served.authority();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_exact(&mut [0]).unwrap();
    stream
}

#[test]
fn slow_client_of_large_answer_holds_no_log() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut writer = Writer::start(folder);
    // The texts of a session alone are larger than what the server can send to a client that does not
    // read.
    for _ in 0..8 {
        assert!(writer.write(200, 30_000).is_complete);
    }
    let served = Server::start(folder);
    let paths = [
        "/session.csv?id=session-of-user-1",
        "/session?id=session-of-user-1",
        "/person.json?id=user-1",
        "/search.csv?q=record",
        "/live/stream",
    ];
    // The stream sends rows that are written after the request.
    let mut streams: Vec<_> = paths.iter().map(|path| request(&served, path)).collect();
    for _ in 0..3 {
        assert!(writer.write(50, 1_000).is_complete);
        // Each client takes one byte.
        for (stream, path) in streams.iter_mut().zip(paths) {
            assert_eq!(stream.read(&mut [0]).unwrap(), 1, "{path}");
        }
        assert!(can_merge_log(folder));
    }
    // The answer is whole for a client that takes its time.
    let mut body = String::new();
    streams[0].read_to_string(&mut body).unwrap();
    assert!(body.len() > 3 << 20, "{} bytes", body.len());
    assert!(body.ends_with("\r\n"));
}

#[test]
fn export_into_stalled_pipe_holds_no_log() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut writer = Writer::start(folder);
    for _ in 0..10 {
        assert!(writer.write(400, 1_000).is_complete);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_whose"));
    command
        .args(["export", "--user", "user-1"])
        .current_dir(folder);
    command.env_remove("WHOSE_DB").stdout(Stdio::piped());
    let mut export = command.spawn().unwrap();
    let mut lines = BufReader::new(export.stdout.take().unwrap());
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    for _ in 0..3 {
        assert!(writer.write(400, 100).is_complete);
        assert!(can_merge_log(folder));
    }
    // The rows of the moment of the export, each once.
    let rest = lines.lines().map(Result::unwrap);
    let numbers = std::iter::once(first).chain(rest).map(|line| {
        let row: serde_json::Value = serde_json::from_str(&line).unwrap();
        row["fields"]["number"].as_u64().unwrap()
    });
    assert!(numbers.eq((0..4_000).filter(|number| number % 4 == 1)));
    assert!(export.wait().unwrap().success());
}

#[test]
fn foreign_reader_that_holds_the_log_is_shown_on_health() {
    const NOTICE: &str = "without a pause";
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut writer = Writer::start(folder);
    assert!(writer.write(40, 100).is_complete);
    let served = Server::start(folder);
    let reader = Connection::open(folder.join("whose.db")).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM records")
        .unwrap();
    while served.json("/health.json")["log_bytes"].as_u64().unwrap() <= 64 << 20 {
        assert!(!served.page("/health").contains(NOTICE));
        assert!(writer.write(200, 20_000).is_complete);
    }
    let page = served.page("/health");
    assert!(
        page.contains(NOTICE) && page.contains(" MB of the log"),
        "{page}"
    );
    assert!(served.json("/health.json")["log_held_since"].is_string());
    // The writer warns as well.
    assert!(writer.write(40, 100).is_complete);

    drop(reader);
    assert!(writer.write(40, 100).is_complete);
    assert!(!served.page("/health").contains(NOTICE));
    assert!(served.json("/health.json")["log_held_since"].is_null());
    let err = writer.close();
    assert!(err.contains("another connection keeps reading"), "{err}");
}
