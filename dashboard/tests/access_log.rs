//! Pages and commands that show one person are in the access log, or show nothing.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::process::Command;

use rusqlite::Connection;
use support::access_rows as rows;
use support::server::{LOOPBACK, Server, serve_command};
use support::{HOSTILE, folder, json, stdout, whose, without_disk};

const READ: &str = "0123456789abcdef-read";
const SUPPORT: &str = "0123456789abcdef-support";

#[test]
fn commands_that_show_one_person_add_a_row() {
    let folder = folder();
    let path = folder.path();
    let record = json(path, &["audit", "--user", "alice"])[0]["id"].to_string();
    for arguments in [
        &["audit", "--user", "alice", "--reason", "ticket 4711"][..],
        &["sessions", "--user", "alice"],
        &["errors", "--user", "alice"],
        &["search", "looks", "--user", "alice"],
        &["scores", "--user", "alice"],
        &["explain", "--record", &record],
        &["export", "--user", "alice"],
        // These show no person.
        &["users"],
        &["sessions"],
        &["errors"],
        &["search", "looks"],
        &["cost"],
        &["accesses"],
        &["accesses", "--verify"],
    ] {
        stdout(path, arguments);
    }
    let rows = rows(path);
    let views: Vec<_> = rows.iter().map(|row| &*row[2]).collect();
    let expected = [
        "audit", "audit", "sessions", "errors", "search", "scores", "explain", "export",
    ];
    assert_eq!(views, expected);
    let reasons: Vec<_> = rows.iter().map(|row| &*row[4]).collect();
    assert_eq!(&reasons[..3], ["-", "ticket 4711", "-"]);
    let account = Command::new("id").arg("-un").output().unwrap().stdout;
    let account = String::from_utf8(account).unwrap();
    for row in &rows {
        assert!(
            row[0].starts_with(account.trim()) || row[0].ends_with("(sudo)"),
            "{row:?}"
        );
        assert_eq!((&*row[1], &*row[3]), ("command", "alice"));
    }
}

#[test]
fn unknown_user_adds_no_row() {
    let folder = folder();
    let output = whose(folder.path(), &["audit", "--user", "carol"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(rows(folder.path()).is_empty());
}

#[test]
fn accesses_lists_pages_of_one_user_and_verifies() {
    let folder = folder();
    let path = folder.path();
    for user in ["alice", "bob", HOSTILE, "alice"] {
        stdout(path, &["audit", "--user", user, "--reason", "\u{1b}[2J"]);
    }
    let of_alice = json(path, &["accesses", "--user", "alice"]);
    let ids: Vec<_> = of_alice
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    assert_eq!(ids, [4, 1]);
    let page = stdout(path, &["accesses", "--limit", "2", "--wide"]);
    assert!(page.contains("next page: --before 3"), "{page}");
    assert!(
        !page.contains('\u{1b}') && page.contains(r"\u{1b}[2J"),
        "{page}"
    );
    let rest = json(path, &["accesses", "--before", "3"]);
    assert_eq!(rest.as_array().unwrap().len(), 2);
    let output = whose(path, &["accesses", "--user", "carol"]);
    assert_eq!(output.status.code(), Some(1));

    let whole = stdout(path, &["accesses", "--verify"]);
    assert!(
        whole.starts_with("4 rows checked: none was changed or removed\n"),
        "{whole}"
    );
    let hash = of_alice[0]["hash"].as_str().unwrap();
    assert!(whole.contains(hash), "{whole}");

    let file = Connection::open(path.join("whose.db")).unwrap();
    file.execute_batch(
        "PRAGMA foreign_keys = 0; DROP TRIGGER accesses_undeleted; DELETE FROM accesses WHERE id = 3",
    )
    .unwrap();
    let output = whose(path, &["accesses", "--verify"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(
        error,
        "whose: the access log was changed: row 3 is missing\n"
    );
    assert!(
        output
            .stdout
            .starts_with(b"2 rows checked: these are as they were written\n")
    );
    let served = Server::start_with(path, &[]);
    let page = served.fetch("/accesses", &[]).body;
    assert!(
        page.contains("The log was changed: row 3 is missing."),
        "{page}"
    );
}

#[test]
fn page_of_a_person_adds_a_row_with_the_name_of_the_token() {
    let folder = folder();
    let support = format!("support={SUPPORT}");
    let served = Server::start_with(folder.path(), &["--token", READ, "--token", &support]);
    let bearer = format!("Bearer {SUPPORT}");
    let bearer = ("Authorization", &*bearer);
    for path in [
        "/forget?user=alice&reason=ticket+4711",
        "/users",
        "/accesses?user=alice",
    ] {
        assert_eq!(served.fetch(path, &[bearer]).status, 200, "{path}");
    }
    let link = served.fetch(&format!("/users?token={READ}"), &[]);
    let cookie = ("Cookie", link.cookie());
    assert_eq!(served.fetch("/forget?user=bob", &[cookie]).status, 200);
    assert_eq!(served.fetch("/forget?user=carol", &[cookie]).status, 404);
    let row = |row: [&str; 5]| row.map(str::to_owned);
    let expected = [
        row(["support", "page", "/forget", "alice", "ticket 4711"]),
        row(["token", "page", "/forget", "bob", "-"]),
    ];
    assert_eq!(rows(folder.path()), expected);
    let page = served.fetch("/accesses?user=alice", &[cookie]).body;
    assert!(
        page.contains("Who looked") && page.contains("ticket 4711"),
        "{page}"
    );
    assert!(page.contains("Log is whole"), "{page}");
}

#[test]
fn every_page_of_a_person_and_its_twins_add_rows() {
    let folder = folder();
    let path = folder.path();
    let served = Server::start_with(path, &[]);
    let records = json(path, &["search", "looks"]);
    let (id, trace) = (records[0]["id"].clone(), records[0]["trace_id"].clone());
    let record = format!("/record?id={id}");
    let trace = format!("/trace?id={}", trace.as_str().unwrap());
    for (page, way) in [
        ("/person?id=alice", "page"),
        ("/person.json?id=alice", "api"),
        ("/person.csv?id=alice", "api"),
        ("/person.txt?id=alice", "api"),
        ("/session?id=s-1", "page"),
        ("/session.txt?id=s-1", "api"),
        ("/sessions?user=alice", "page"),
        (&record, "page"),
        (&record.replace("/record", "/record.txt"), "api"),
        (&trace, "page"),
        ("/graph?user=alice", "page"),
        ("/live?user=alice", "page"),
    ] {
        let before = rows(path).len();
        let reply = served.fetch(page, &[]);
        assert_eq!(reply.status, 200, "{page}: {}", reply.body);
        let rows = rows(path).split_off(before);
        let view = page.split(['?', '.']).next().unwrap();
        let row = ["local", way, view, "alice", "-"].map(str::to_owned);
        assert_eq!(rows, [row], "{page}");
    }
    // These show no person.
    let before = rows(path).len();
    for page in [
        "/users",
        "/sessions",
        "/cost",
        "/graph",
        "/attribution",
        "/unattributed",
        "/live",
        "/accesses",
        "/accesses?user=alice",
        "/health",
        "/person.sql?id=alice",
    ] {
        assert_eq!(served.fetch(page, &[]).status, 200, "{page}");
    }
    assert_eq!(rows(path).len(), before);
    let person = served.fetch("/person?id=alice", &[]).body;
    assert!(
        person.contains("Who looked") && person.contains("/graph"),
        "{person}"
    );
    assert!(person.contains("href=\"/forget?user=alice\""), "{person}");
}

#[test]
fn page_of_several_persons_adds_a_row_for_each() {
    let folder = support::store_of(
        |layer| layer,
        || {
            for user in ["alice", "bob"] {
                whose::user(user)
                    .session("shared")
                    .in_scope(|| tracing::info!("asks"));
            }
        },
    );
    let served = Server::start_with(folder.path(), &[]);
    assert_eq!(served.fetch("/session?id=shared", &[]).status, 200);
    let users: Vec<_> = rows(folder.path())
        .into_iter()
        .map(|row| row[3].clone())
        .collect();
    assert_eq!(users, ["alice", "bob"]);
}

#[test]
fn stream_of_one_user_adds_a_row() {
    use std::io::{BufRead, Write};

    let folder = folder();
    let served = Server::start_with(folder.path(), &[]);
    let mut stream = std::net::TcpStream::connect(served.authority()).unwrap();
    let host = served.authority();
    write!(
        stream,
        "GET /live/stream?user=bob HTTP/1.1\r\nHost: {host}\r\n\r\n"
    )
    .unwrap();
    let lines = std::io::BufReader::new(stream).lines();
    let is_of_rows = |line: &std::io::Result<String>| line.as_ref().unwrap() == "event: rows";
    assert!(lines.into_iter().any(|line| is_of_rows(&line)));
    assert_eq!(
        rows(folder.path())[0][2..4],
        ["/live/stream", "bob"].map(str::to_owned)
    );
}

#[test]
fn required_reason_is_asked_for_before_a_person_is_shown() {
    let folder = folder();
    let served = Server::start_with(folder.path(), &["--require-reason"]);
    for query in ["user=alice", "user=alice&reason=", "user=alice&reason=+"] {
        let reply = served.fetch(&format!("/forget?{query}"), &[]);
        assert_eq!(reply.status, 403);
        assert!(reply.body.contains("Why do you look?"), "{}", reply.body);
        assert!(
            reply.body.contains("name=\"user\" value=\"alice\""),
            "{}",
            reply.body
        );
        assert!(!reply.body.contains("4 records"), "{}", reply.body);
    }
    assert!(rows(folder.path()).is_empty());
    let reply = served.fetch("/forget?user=alice&reason=ticket+4711", &[]);
    assert!(reply.body.contains("4 records"), "{}", reply.body);
    assert_eq!(served.fetch("/users", &[]).status, 200);
    assert_eq!(rows(folder.path())[0][4], "ticket 4711");
}

#[test]
fn reason_of_the_server_holds_for_views_without_one() {
    let folder = folder();
    let served = Server::start_with(
        folder.path(),
        &["--require-reason", "--reason", "incident 9"],
    );
    assert_eq!(served.fetch("/forget?user=alice", &[]).status, 200);
    assert_eq!(rows(folder.path())[0][4], "incident 9");
}

#[test]
fn view_that_cannot_be_logged_is_not_shown() {
    let folder = folder();
    let path = folder.path();
    // An open connection keeps the shared memory of the log, which a reader needs.
    let file = Connection::open(path.join("whose.db")).unwrap();
    file.execute_batch("BEGIN IMMEDIATE; UPDATE flushes SET count = count + 1; COMMIT")
        .unwrap();
    let served = Server::spawn(without_disk(&serve_command(path, LOOPBACK, &[])));
    let reply = served.fetch("/forget?user=alice", &[]);
    assert_eq!(reply.status, 503, "{}", reply.body);
    assert!(
        reply.body.contains("The view cannot be logged"),
        "{}",
        reply.body
    );
    assert!(!reply.body.contains("4 records"), "{}", reply.body);
    // Lists of all users go on.
    assert_eq!(served.fetch("/users", &[]).status, 200);

    let mut command = Command::new(env!("CARGO_BIN_EXE_whose"));
    command.args(["audit", "--user", "alice"]).current_dir(path);
    let output = without_disk(&command).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(
        error.contains("only after the view is in the access log"),
        "{error}"
    );
    assert!(output.stdout.is_empty());
    assert!(rows(path).is_empty());
}

#[test]
fn replaced_file_gets_its_own_rows() {
    let folder = folder();
    let served = Server::start_with(folder.path(), &[]);
    assert_eq!(served.fetch("/forget?user=alice", &[]).status, 200);
    let other = support::folder();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("whose.db{end}")));
    }
    std::fs::rename(
        other.path().join("whose.db"),
        folder.path().join("whose.db"),
    )
    .unwrap();
    assert_eq!(served.fetch("/forget?user=bob", &[]).status, 200);
    let users: Vec<_> = rows(folder.path())
        .into_iter()
        .map(|row| row[3].clone())
        .collect();
    assert_eq!(users, ["bob"]);
}
