//! The server is killed while it shows persons: each answer that a client got is in the access log.
#![cfg(unix)] // `Child::kill` is SIGKILL.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use support::server::Server;
use support::{folder, json, stdout};

/// Requests the page of a person. Returns whether the whole answer came before the kill.
fn is_shown(authority: &str) -> bool {
    let request =
        format!("GET /person?id=alice HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    let mut page = String::new();
    let answered = TcpStream::connect(authority).and_then(|mut stream| {
        stream.write_all(request.as_bytes())?;
        stream.read_to_string(&mut page)
    });
    answered.is_ok() && page.contains("looks it up")
}

#[test]
fn shown_pages_are_logged_also_when_the_server_is_killed() {
    let folder = folder();
    let folder = folder.path();
    let shown = AtomicUsize::new(0);
    for kill in 0..8 {
        let served = Server::start(folder);
        let authority = served.authority().to_owned();
        let before = shown.load(Ordering::Relaxed);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while is_shown(&authority) {
                        shown.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            while shown.load(Ordering::Relaxed) < before + 4 + kill {
                thread::yield_now();
            }
            // Kills the process.
            drop(served);
        });
        let logged = json(folder, &["accesses", "--limit", "100000"]);
        let logged = logged.as_array().unwrap().len();
        let shown = shown.load(Ordering::Relaxed);
        assert!(logged >= shown, "{logged} rows of {shown} pages");
        // A view that was logged and not shown is one of a request that was running.
        assert!(logged <= shown + 4 * (kill + 1), "{logged} of {shown}");
        stdout(folder, &["accesses", "--verify"]);
        stdout(folder, &["check"]);
    }
}
