//! Sends events, transactions and spans of several users to Spotlight, the local window of Sentry, and
//! compares what Spotlight passes on with what was sent.
//!
//! The argument is the URL of Spotlight.

use std::io::{BufRead, BufReader};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use whose_interop::sender::Way;
use whose_interop::tally::{Report, Tally};
use whose_interop::visit::{self, KINDS, NOBODY, OUT_OF_STOCK, Visit};

/// The time without a further envelope after which the list is complete.
const SILENCE: Duration = Duration::from_secs(3);

/// What Spotlight calls an envelope with the right type.
const ENVELOPE: &str = "event: application/x-sentry-envelope";

fn main() -> ExitCode {
    let Some(url) = std::env::args().nth(1) else {
        eprintln!("usage: interop-spotlight URL");
        return ExitCode::FAILURE;
    };
    let stream = format!("{url}/stream");
    let way = Way::Sentry;
    way.send(way.name(), &[("SENTRY_SPOTLIGHT", &stream)]);
    let items = items(&stream);
    let visits = visit::visits(way.name());
    let mut report = Report::default();
    report.add(
        "spotlight, whose-sentry: errors",
        &check_errors(&items, &visits),
    );
    report.add(
        "spotlight, whose-sentry: transactions",
        &check_transactions(&items, &visits),
    );
    report.add(
        "spotlight, whose-sentry: spans",
        &check_spans(&items, &visits),
    );
    report.exit_code()
}

/// Each error has the user and the session of the visit that its text names.
fn check_errors(items: &[Item], visits: &[Visit]) -> Tally {
    let mut tally = Tally::default();
    let errors: Vec<_> = of_type(items, "event").collect();
    tally.expect("errors", visits.len(), errors.len());
    for error in errors {
        let text = error["exception"]["values"][0]["value"]
            .as_str()
            .unwrap_or_default();
        let session = text.strip_prefix(OUT_OF_STOCK);
        let visit = visits
            .iter()
            .find(|visit| Some(visit.session.as_str()) == session);
        let user = visit.and_then(|visit| visit.user);
        tally.compare(
            &format!("user of {text:?}"),
            user,
            error["user"]["id"].as_str(),
        );
        let shown = error["tags"]["session.id"].as_str();
        tally.compare(&format!("session of {text:?}"), session, shown);
    }
    tally
}

/// Each transaction has the user and the session of the visit that its span names.
fn check_transactions(items: &[Item], visits: &[Visit]) -> Tally {
    let mut tally = Tally::default();
    let transactions: Vec<_> = of_type(items, "transaction").collect();
    tally.expect("transactions", visits.len(), transactions.len());
    for transaction in transactions {
        let data = &transaction["contexts"]["trace"]["data"];
        let user = transaction["user"]["id"].as_str();
        let session = transaction["tags"]["session.id"].as_str();
        compare(&mut tally, "a transaction", data, user, session);
    }
    tally
}

/// Each span of a transaction has the user and the session of the visit that it names.
fn check_spans(items: &[Item], visits: &[Visit]) -> Tally {
    let mut tally = Tally::default();
    let spans: Vec<_> = of_type(items, "transaction")
        .flat_map(|transaction| transaction["spans"].as_array().into_iter().flatten())
        .collect();
    // The agent is the transaction itself.
    tally.expect("spans", visits.len() * (KINDS.len() - 1), spans.len());
    for span in spans {
        let name = span["description"].as_str().unwrap_or_default();
        let data = &span["data"];
        let user = data["user.id"].as_str();
        compare(&mut tally, name, data, user, data["session.id"].as_str());
    }
    tally
}

fn compare(tally: &mut Tally, name: &str, data: &Value, user: Option<&str>, session: Option<&str>) {
    let sent = data["truth.user"].as_str().filter(|user| *user != NOBODY);
    tally.compare(&format!("user of {name}"), sent, user);
    tally.compare(
        &format!("session of {name}"),
        data["truth.session"].as_str(),
        session,
    );
}

/// An item of an envelope: its type, and what it holds.
type Item = (String, Value);

fn of_type<'a>(items: &'a [Item], wanted: &str) -> impl Iterator<Item = &'a Value> {
    items
        .iter()
        .filter(move |(kind, _)| kind == wanted)
        .map(|(_, held)| held)
}

/// The items of every envelope that Spotlight keeps, from its stream of server-sent events.
fn items(stream: &str) -> Vec<Item> {
    let (sender, lines) = mpsc::channel();
    let url = stream.to_owned();
    // The stream does not end, so the thread ends with the program.
    thread::spawn(move || {
        let response = ureq::get(&url).call();
        let response = response.unwrap_or_else(|error| panic!("GET {url}: {error}"));
        for line in BufReader::new(response.into_body().into_reader()).lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let mut items = Vec::new();
    let mut is_envelope = false;
    loop {
        match lines.recv_timeout(SILENCE) {
            Ok(line) if line.starts_with("event: ") => is_envelope = line == ENVELOPE,
            Ok(line) => {
                if let Some(data) = line.strip_prefix("data: ").filter(|_| is_envelope) {
                    items.extend(items_of(data));
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return items,
        }
    }
}

/// The items of one envelope, which Spotlight writes as `[header, [[item header, item], ..]]`.
fn items_of(envelope: &str) -> Vec<Item> {
    let envelope: Value = serde_json::from_str(envelope).unwrap_or_default();
    let items = envelope[1].as_array().into_iter().flatten();
    let item = |item: &Value| Some((item[0]["type"].as_str()?.to_owned(), item[1].clone()));
    items.filter_map(item).collect()
}
