//! The spool: neither an outage of the receiver nor a kill of the sender loses a record.

#![cfg(feature = "spool")]
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use support::harness::{LONG, record_into, wait_for, warnings};
use support::received::{attributes, logs, spans};
use support::receiver::{Answer, Receiver};
use tracing::{info, info_span};
use whose::RecordSink;
use whose_otlp::{OtlpSink, builder};
use whose_store::{Eraser, Outbox};

/// The variable that makes this test program the sender.
const SENDER: &str = "WHOSE_OTLP_TEST_SENDER";

fn spooled(url: &str, path: &Path) -> OtlpSink {
    let delay = Duration::from_millis(20);
    builder().endpoint(url).spool(path).delay(delay).build()
}

fn make(sink: &OtlpSink, from: u64, to: u64) {
    record_into(sink, || {
        for number in from..to {
            whose::user("alice").in_scope(|| {
                drop(info_span!("work", number));
                info!(number, "logged");
            });
        }
    });
}

/// A port that nobody listens to.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// How often each number arrived, in spans and in logs.
fn numbers(receiver: &Receiver) -> [BTreeMap<u64, usize>; 2] {
    let requests = receiver.requests();
    let of = |all: Vec<_>| {
        let mut counts = BTreeMap::new();
        for number in all {
            *counts.entry(number).or_default() += 1;
        }
        counts
    };
    let number = |all: &[_]| attributes(all)["number"].parse().unwrap();
    let spans = spans(&requests)
        .iter()
        .map(|span| number(&span.attributes))
        .collect();
    let logs = logs(&requests)
        .iter()
        .map(|log| number(&log.attributes))
        .collect();
    [of(spans), of(logs)]
}

#[test]
fn spooled_records_are_sent_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let receiver = Receiver::start();
    let sink = spooled(&receiver.url(), &path);
    make(&sink, 0, 500);
    assert!(sink.flush(LONG).is_complete());
    let stats = wait_for(&sink, |stats| stats.sent == 1_000);
    assert_eq!((stats.dropped, stats.waiting, stats.spooled), (0, 0, 0));
    for counts in numbers(&receiver) {
        assert!(counts.into_iter().eq((0..500).map(|number| (number, 1))));
    }
    assert!(sink.shutdown(LONG).is_complete());
    drop(sink);
    let outbox = reopened(&path);
    assert_eq!((outbox.count(0).unwrap(), outbox.count(1).unwrap()), (0, 0));
}

/// Opens the outbox as soon as the threads of the sink have closed theirs.
fn reopened(path: &Path) -> Outbox {
    for _ in 0..1_000 {
        if let Ok(outbox) = Outbox::open(path, u64::MAX) {
            return outbox;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("the outbox stays locked");
}

#[test]
fn outage_loses_nothing_and_flush_says_that_the_records_are_safe() {
    warnings();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let url = nowhere();
    let sink = spooled(&url, &path);
    make(&sink, 0, 300);
    assert!(sink.flush(LONG).is_complete(), "on disk");
    let stats = sink.stats();
    assert_eq!((stats.waiting, stats.spooled, stats.sent), (0, 600, 0));
    let warning = warnings().wait_for(&format!("spans cannot be sent to {url}"));
    assert!(warning.contains("wait in the spool"), "{warning}");

    let receiver = Receiver::at(url.trim_start_matches("http://").parse().unwrap());
    make(&sink, 300, 400);
    wait_for(&sink, |stats| stats.sent == 800);
    for counts in numbers(&receiver) {
        assert!(counts.into_iter().eq((0..400).map(|number| (number, 1))));
    }
}

#[cfg(unix)] // Elsewhere an open file cannot be taken away.
#[test]
fn records_of_a_deleted_spool_are_sent_and_are_not_called_safe_before() {
    warnings();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let url = nowhere();
    let sink = spooled(&url, &path);
    make(&sink, 0, 100);
    assert!(sink.flush(LONG).is_complete(), "on disk");
    std::fs::remove_file(&path).unwrap();
    make(&sink, 100, 200);
    for records in ["spans", "log records"] {
        let warning = warnings().wait_for(&format!("{records} wait in this process alone"));
        assert!(warning.contains("spool.db"), "{warning}");
    }
    assert!(!sink.flush(Duration::from_millis(200)).is_safe());

    let receiver = Receiver::at(url.trim_start_matches("http://").parse().unwrap());
    wait_for(&sink, |stats| stats.sent == 400);
    assert!(sink.flush(LONG).is_complete());
    for counts in numbers(&receiver) {
        assert!(counts.into_iter().eq((0..200).map(|number| (number, 1))));
    }
}

#[test]
fn next_process_sends_what_the_last_one_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let sink = spooled(&nowhere(), &path);
    make(&sink, 0, 50);
    assert!(sink.shutdown(LONG).is_complete(), "nothing is lost");
    drop(sink);
    drop(reopened(&path));
    let receiver = Receiver::start();
    let sink = spooled(&receiver.url(), &path);
    wait_for(&sink, |stats| stats.sent == 100);
    assert_eq!(numbers(&receiver)[0].len(), 50);
}

#[test]
fn second_sink_on_one_spool_warns_and_sends_from_memory() {
    let warnings = warnings();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("second.db");
    let receiver = Receiver::start();
    let first = spooled(&receiver.url(), &path);
    let second = spooled(&receiver.url(), &path);
    let warning = warnings.wait_for("second.db");
    assert!(
        warning.contains("records wait in memory alone"),
        "{warning}"
    );
    make(&second, 0, 5);
    assert!(second.flush(LONG).is_complete());
    assert_eq!(numbers(&receiver)[0].len(), 5);
    drop(first);
}

#[test]
fn full_spool_drops_the_oldest_and_counts_them() {
    warnings();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("full.db");
    let url = nowhere();
    let sink = builder()
        .endpoint(&url)
        .without_logs()
        .spool(&path)
        .spool_bytes(20_000)
        .build();
    make(&sink, 0, 500);
    assert!(sink.flush(LONG).is_safe());
    let dropped = sink.stats().dropped;
    assert!(dropped > 300, "{:?}", sink.stats());
    assert_eq!(RecordSink::dropped(&sink), dropped);
    warnings().wait_for("full.db\" is full");
    let receiver = Receiver::at(url.trim_start_matches("http://").parse().unwrap());
    let stats = wait_for(&sink, |stats| stats.spooled == 0);
    assert_eq!(stats.sent + stats.dropped, 500);
    let newest: Vec<_> = numbers(&receiver)[0].keys().copied().collect();
    assert!(newest.iter().copied().eq(dropped..500), "{newest:?}");
}

#[test]
fn refused_rows_leave_the_spool_and_are_counted() {
    warnings();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refused.db");
    let receiver = Receiver::start();
    receiver.answer(Answer::status(400));
    let sink = builder()
        .endpoint(receiver.url())
        .without_logs()
        .spool(&path)
        .delay(LONG)
        .build();
    make(&sink, 0, 5);
    assert!(!sink.flush(LONG).is_safe());
    let stats = wait_for(&sink, |stats| stats.dropped == 5);
    assert_eq!((stats.spooled, stats.sent), (0, 0));
}

#[test]
fn forgotten_user_is_not_sent_after_the_outage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let url = nowhere();
    let sink = spooled(&url, &path);
    make(&sink, 0, 20);
    record_into(&sink, || {
        whose::user("bob").in_scope(|| drop(info_span!("work", number = 99)));
    });
    assert!(sink.flush(LONG).is_complete());
    let forgotten = Eraser::open(&path).unwrap().forget("alice").unwrap();
    assert_eq!(forgotten.unsent, 40);
    let receiver = Receiver::at(url.trim_start_matches("http://").parse().unwrap());
    wait_for(&sink, |stats| stats.spooled == 0);
    // A request that was on its way may arrive: it was read before the erasure.
    let bob = spans(&receiver.requests());
    assert!(
        bob.iter()
            .any(|span| attributes(&span.attributes)["user.id"] == "bob")
    );
    drop(sink);
    assert_eq!(reopened(&path).count(0).unwrap(), 0);
}

/// The sender that is killed: this test program, started again.
struct Sender {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Sender {
    fn start(url: &str, path: &Path, from: u64) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "sender_process", "--nocapture"])
            .env(SENDER, format!("{url} {} {from}", path.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// Reads lines until one begins with the word, and returns its number.
    fn number_after(&mut self, word: &str) -> u64 {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(
                self.lines.read_line(&mut line).unwrap() > 0,
                "the sender ended"
            );
            if let Some((_, rest)) = line.split_once(word) {
                return rest.trim().parse().unwrap();
            }
        }
    }

    /// Kills the sender, and returns the newest number that a line reported.
    fn kill(mut self, mut newest: u64) -> u64 {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        for line in self.lines.lines().map_while(Result::ok) {
            let number = line
                .split_once("safe ")
                .and_then(|(_, rest)| rest.trim().parse().ok());
            newest = newest.max(number.unwrap_or(0));
        }
        newest
    }
}

/// Makes records for ever, and prints up to which number they are safe.
#[test]
fn sender_process() {
    let Ok(arguments) = env::var(SENDER) else {
        return;
    };
    let parts: Vec<_> = arguments.split(' ').collect();
    let sink = spooled(parts[0], Path::new(parts[1]));
    let mut number = parts[2].parse().unwrap();
    loop {
        make(&sink, number, number + 20);
        number += 20;
        // Safe means in the spool: the flush must not wait for the receiver.
        if sink.flush(Duration::from_millis(200)).is_safe() {
            println!("safe {number}");
        }
    }
}

#[test]
fn every_safe_record_arrives_after_kills_and_outages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let receiver = Receiver::start();
    let address = receiver.address;
    let url = receiver.url();
    let mut all = Vec::new();
    let mut receiver = Some(receiver);
    let mut ranges = Vec::new();
    for round in 0..6 {
        let from = round * 1_000_000;
        let mut sender = Sender::start(&url, &path, from);
        let mut safe = sender.number_after("safe ");
        if round % 2 == 0 {
            // An outage under load.
            all.extend(receiver.take().unwrap().stop());
        }
        for _ in 0..5 {
            safe = sender.number_after("safe ");
        }
        if receiver.is_none() {
            receiver = Some(Receiver::at(address));
        }
        for _ in 0..round {
            safe = sender.number_after("safe ");
        }
        ranges.push(from..sender.kill(safe));
    }
    let receiver = receiver.unwrap();
    let sink = spooled(&url, &path);
    assert!(sink.flush(LONG).is_complete());
    wait_for(&sink, |stats| stats.spooled == 0 && stats.waiting == 0);
    all.extend(receiver.requests());

    let spans = spans(&all);
    let mut ids: BTreeMap<u64, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for span in &spans {
        let number = attributes(&span.attributes)["number"].parse().unwrap();
        ids.entry(number).or_default().insert(span.span_id.clone());
    }
    let mut uids: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    for log in &logs(&all) {
        let found = attributes(&log.attributes);
        let number = found["number"].parse().unwrap();
        uids.entry(number)
            .or_default()
            .insert(found["log.record.uid"].clone());
    }
    for range in ranges {
        assert!(!range.is_empty());
        for number in range {
            assert_eq!(
                ids.get(&number).map_or(0, BTreeSet::len),
                1,
                "span {number}"
            );
            assert_eq!(
                uids.get(&number).map_or(0, BTreeSet::len),
                1,
                "log {number}"
            );
        }
    }
    // A record arrives twice only where the receiver or the sender ended between the arrival and the
    // removal: at most one request of each signal for each of the twelve ends.
    let repeated = spans.len() - ids.len();
    assert!(repeated <= 12 * 4_096, "{repeated}");
}
