//! The file of a running server is replaced, deleted or restored: each answer is of one file, or says that
//! the file is gone.
#![cfg(unix)] // Elsewhere an open file cannot be taken away.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use support::server::{Answer, Server};
use support::writer::{self, Writer};
use support::{json, record_into, stdout, whose};
use tracing::info;

#[test]
fn writer_process() {
    writer::run();
}

/// A folder with a store of one user.
fn store_of(user: &str, records: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let work = || {
        whose::user(user)
            .session(format!("of-{user}"))
            .in_scope(|| {
                (0..records).for_each(|number| info!(number, "record {number} of {user}"));
            });
    };
    record_into(folder.path(), |layer| layer, work);
    folder
}

fn db(folder: &Path) -> PathBuf {
    folder.join("whose.db")
}

/// Every page without a parameter.
const PAGES: [&str; 8] = [
    "/users",
    "/users.json",
    "/users.sql",
    "/sessions.csv",
    "/search?q=record",
    "/live",
    "/health",
    "/accesses",
];

#[test]
fn replaced_file_is_served_at_once_and_never_mixed() {
    let (old, new) = (store_of("alice", 500), store_of("zoe", 3_000));
    let folder = old.path();
    let served = Server::start(folder);
    assert!(served.page("/person?id=alice").contains("of-alice"));
    let mut stream = TcpStream::connect(served.authority()).unwrap();
    let host = served.authority();
    write!(
        stream,
        "GET /live/stream?after=500 HTTP/1.1\r\nHost: {host}\r\n\r\n"
    )
    .unwrap();

    fs::rename(db(folder), folder.join("old.db")).unwrap();
    fs::rename(db(new.path()), db(folder)).unwrap();
    for path in ["/users", "/sessions.json", "/search?q=record"] {
        let page = served.page(path);
        assert!(
            page.contains("zoe") && !page.contains("alice"),
            "{path}: {page}"
        );
    }
    assert_eq!(served.get("/person?id=alice").status, 404);
    assert!(served.page("/person?id=zoe").contains("of-zoe"));
    // The open page loads itself again.
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    assert!(lines.into_iter().any(|line| line == "event: replaced"));

    // Each view is in the log of its own file, and both files are whole.
    for (name, user) in [("old.db", "alice"), ("whose.db", "zoe")] {
        let rows = json(folder, &["accesses", "--db", name]);
        let users: Vec<_> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["user"])
            .collect();
        assert_eq!(users, [user], "{name}");
        stdout(folder, &["check", "--db", name]);
    }
    assert_eq!(json(folder, &["users"])[0]["events"], 3_000);
}

#[test]
fn deleted_file_is_said_on_every_page_until_it_is_back() {
    let old = store_of("alice", 10);
    let folder = old.path();
    stdout(folder, &["backup", "copy.db"]);
    let served = Server::start(folder);
    assert!(served.page("/person?id=alice").contains("of-alice"));
    for file in ["whose.db", "whose.db-wal", "whose.db-shm"] {
        let _ = fs::remove_file(folder.join(file));
    }
    for path in PAGES
        .iter()
        .chain([&"/person?id=alice", &"/forget?user=alice"])
    {
        let answer = served.get(path);
        assert_eq!(answer.status, 503, "{path}: {}", answer.body);
        assert!(
            answer.body.contains("there is no store"),
            "{path}: {}",
            answer.body
        );
        assert!(!answer.body.contains("of-alice"), "{path}: {}", answer.body);
    }
    assert!(served.get("/users").body.contains("The file is gone"));
    assert!(!db(folder).exists(), "a server creates no file");

    // The restored backup takes the place.
    fs::rename(folder.join("copy.db"), db(folder)).unwrap();
    assert!(served.page("/person?id=alice").contains("of-alice"));
    assert_eq!(json(folder, &["accesses"]).as_array().unwrap().len(), 1);
}

#[test]
fn log_of_the_file_before_is_not_read_as_that_of_the_new_file() {
    let (old, new) = (tempfile::tempdir().unwrap(), store_of("zoe", 100));
    let folder = old.path();
    let mut writer = Writer::start(folder);
    assert!(writer.write(40, 100).is_complete);
    let served = Server::start(folder);
    assert!(served.page("/users.json").contains("user-1"));
    // The records of the killed process are in the log alone.
    writer.kill();
    assert!(served.page("/users.json").contains("user-1"));
    fs::rename(db(new.path()), db(folder)).unwrap();
    for path in PAGES {
        let answer = served.get(path);
        assert_eq!(answer.status, 503, "{path}: {}", answer.body);
        assert!(answer.body.contains("belongs to the file before"), "{path}");
        assert!(!answer.body.contains("user-1") && !answer.body.contains("zoe"));
    }
    fs::remove_file(folder.join("whose.db-wal")).unwrap();
    fs::remove_file(folder.join("whose.db-shm")).unwrap();
    let users = served.page("/users.json");
    assert!(
        users.contains("zoe") && !users.contains("user-1"),
        "{users}"
    );
    stdout(folder, &["check"]);
}

#[test]
fn file_replaced_under_writer_and_server_takes_only_later_records() {
    let (old, new) = (tempfile::tempdir().unwrap(), store_of("zoe", 3_000));
    let folder = old.path();
    let mut writer = Writer::start(folder);
    assert!(writer.write(400, 100).is_complete);
    let served = Server::start(folder);
    assert!(served.page("/person?id=user-1").contains("of-user-1"));
    fs::rename(db(folder), folder.join("old.db")).unwrap();
    fs::rename(db(new.path()), db(folder)).unwrap();
    // The writer is idle and has not noticed yet: never the old records.
    let first = served.get("/users.json");
    assert!(!first.body.contains("user-1"), "{}", first.body);

    // The first flush after the replacement reports what the new file lacks.
    while !writer.write(4, 100).is_complete {}
    let written = writer.write(4, 100);
    assert!(written.is_complete);
    let users = served.json("/users.json");
    let events = |id: &str| {
        let users = users["users"].as_array().unwrap().iter();
        let user = users.clone().find(|user| user["id"] == id);
        user.unwrap_or_else(|| panic!("{users:?}"))["events"].clone()
    };
    assert_eq!(events("zoe"), 3_000);
    assert_eq!(events("user-1"), (written.written - 400) / 4);
    let losses = served.json("/health.json")["losses"].to_string();
    assert!(losses.contains("was replaced by another file"), "{losses}");
    writer.close();
    drop(served);
    for (name, records) in [("old.db", 400), ("whose.db", 3_000 + written.written - 400)] {
        stdout(folder, &["check", "--db", name]);
        // On stderr, the command says what the new file lacks.
        let users = whose(folder, &["users", "--json", "--db", name]).stdout;
        let users: serde_json::Value = serde_json::from_slice(&users).unwrap();
        let users = users.as_array().unwrap().iter();
        let events: u64 = users.map(|user| user["events"].as_u64().unwrap()).sum();
        assert_eq!(events, records, "{name}");
    }
}

/// The user of an answer, which has the records of one file or says that there is none.
fn user_of(answer: &Answer) -> Option<&'static str> {
    let has = |(user, _): &&(&str, &str)| answer.body.contains(user);
    let mut users = FILES.iter().filter(has);
    let (first, second) = (users.next(), users.next());
    assert!(second.is_none(), "{}", answer.body);
    if let Some((user, count)) = first {
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains(count), "{}", answer.body);
        return Some(user);
    }
    assert_eq!(answer.status, 503, "{}", answer.body);
    None
}

/// The user of each file, and the number of the records.
const FILES: [(&str, &str); 2] = [("alice", "\"events\": 300,"), ("zoe", "\"events\": 3000,")];

#[test]
fn parallel_answers_are_each_of_one_file_while_files_change() {
    static SERVED: AtomicUsize = AtomicUsize::new(0);
    let folders = [store_of("alice", 300), store_of("zoe", 3_000)];
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let put = |turn: usize| {
        let next = place.join("next.db");
        fs::copy(db(folders[turn % 2].path()), &next).unwrap();
        fs::rename(next, db(place)).unwrap();
    };
    put(0);
    let served = Server::start(place);
    thread::scope(|scope| {
        let client = || {
            for _ in 0..50 {
                let answer = served.get("/users.json");
                SERVED.fetch_add(1, Ordering::Relaxed);
                user_of(&answer);
                // A page checks that the file can be written, on a connection of its own.
                served.get("/health");
            }
        };
        let clients: Vec<_> = (0..6).map(|_| scope.spawn(client)).collect();
        let mut turn = 0;
        while clients.iter().any(|client| !client.is_finished()) {
            turn += 1;
            put(turn);
            let user = user_of(&served.get("/users.json"));
            assert_eq!(user, Some(FILES[turn % 2].0));
        }
        assert!(turn > 10, "{turn} turns in {SERVED:?}");
    });
    stdout(place, &["check"]);
}
