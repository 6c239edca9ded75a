//! Many clients at once: the pages of two persons never mix, and one stream does not end another.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use support::server::Server;
use support::writer::{self, USERS, Writer};

/// The clients of each user.
const CLIENTS: usize = 3;
/// How often each client loads every page.
const ROUNDS: usize = 2;

#[test]
fn writer_process() {
    writer::run();
}

/// The users whose records are in a text.
fn users_in(text: &str) -> Vec<usize> {
    let has = |user: &usize| text.contains(&format!("user-{user}"));
    (0..USERS).filter(has).collect()
}

/// The pages of one user.
fn pages(user: usize) -> Vec<String> {
    let of_user = ["", ".json", ".csv"].into_iter().flat_map(|end| {
        [
            format!("/person{end}?id=user-{user}"),
            format!("/session{end}?id=session-of-user-{user}"),
            format!("/search{end}?q=of-user-{user}"),
            format!("/sessions{end}?user=user-{user}"),
        ]
    });
    of_user.collect()
}

#[test]
fn parallel_clients_get_only_the_person_they_ask_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::start(folder.path());
    assert!(writer.write(400, 50).is_complete);
    let served = Server::start(folder.path());
    // The pages change while they are read.
    writer.write_for_ever();
    thread::scope(|scope| {
        for client in 0..USERS * CLIENTS {
            let served = &served;
            scope.spawn(move || {
                let user = client % USERS;
                for _ in 0..ROUNDS {
                    for path in pages(user) {
                        let body = served.page(&path);
                        assert_eq!(users_in(&body), [user], "{path}: {body}");
                    }
                }
            });
        }
    });
    // Each view is logged with its own person.
    for user in 0..USERS {
        let path = format!("/accesses.json?user=user-{user}");
        let rows = served.json(&path).to_string();
        assert_eq!(users_in(&rows), [user], "{path}");
    }
}

/// The lines of an open stream.
fn follow(served: &Server, user: usize) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(served.authority()).unwrap();
    let host = served.authority();
    let path = format!("/live/stream?user=user-{user}&after=0");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    BufReader::new(stream)
}

/// The rows of the next event.
fn next_rows(stream: &mut BufReader<TcpStream>) -> String {
    let lines = stream.lines().map(Result::unwrap);
    let mut before = Vec::new();
    for line in lines {
        if line.starts_with("data:") {
            assert!(
                before.iter().any(|line| line == "event: rows"),
                "{before:?} {line}"
            );
            return line;
        }
        before.push(line);
    }
    panic!("the stream has ended: {before:?}");
}

/// A stream that the server has a place for: the server notices a closed stream a little later.
fn follow_when_possible(served: &Server, user: usize) -> BufReader<TcpStream> {
    let started = Instant::now();
    loop {
        let mut stream = follow(served, user);
        let mut status = String::new();
        stream.read_line(&mut status).unwrap();
        if status.contains("200") {
            return stream;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{status}");
    }
}

#[test]
fn streams_of_two_persons_do_not_mix_and_end_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::start(folder.path());
    assert!(writer.write(8, 50).is_complete);
    let served = Server::start(folder.path());
    let (mut one, mut other) = (follow(&served, 1), follow(&served, 2));
    for _ in 0..3 {
        assert!(writer.write(8, 50).is_complete);
        let rows = next_rows(&mut one);
        assert_eq!(users_in(&rows), [1], "{rows}");
        assert_eq!(users_in(&next_rows(&mut other)), [2]);
    }
    drop(one);
    for _ in 0..3 {
        assert!(writer.write(8, 50).is_complete);
        assert_eq!(users_in(&next_rows(&mut other)), [2]);
    }
    // A closed stream gives its place back: more streams than the server permits at once.
    for _ in 0..40 {
        let mut stream = follow_when_possible(&served, 3);
        assert_eq!(users_in(&next_rows(&mut stream)), [3]);
    }
}
