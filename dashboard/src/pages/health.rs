//! The state of the store, and what is missing from it.

use std::time::SystemTime;

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{LostRecords, Queries, StoreHealth, Timestamp};

use super::components::{Table, Value};
use super::page_error::PageError;
use super::server_state::{ReceivedCounts, ServerState, WrongTokens};
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::UrlQuery;
use crate::values::{ByteSize, counter_meaning, format_number, pluralize};

/// The most ranges of lost records.
const RANGES: usize = 1_000;

/// Sizes, lost records, and what processes counted.
#[derive(Debug)]
pub(crate) struct HealthView;

/// The data of [`HealthView`].
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    #[serde(flatten)]
    store: StoreHealth,
    losses: Vec<LostRecords>,
    /// Whether more ranges follow: choose a shorter time range.
    has_more_losses: bool,
    wrong_tokens: WrongTokens,
    /// Absent where the server takes no records.
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<ReceivedCounts>,
}

impl View for HealthView {
    type Data = Health;

    const PATH: &'static str = "/health";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Health, PageError> {
        let mut losses = store.losses(&query.range(RANGES + 1)?)?;
        let has_more_losses = losses.len() > RANGES;
        losses.truncate(RANGES);
        Ok(Health {
            store: store.health()?,
            losses,
            has_more_losses,
            wrong_tokens: WrongTokens::default(),
            received: None,
        })
    }

    fn add_server_state(data: &mut Health, state: &ServerState) {
        data.wrong_tokens = state.wrong_tokens;
        data.received = state.received;
    }

    fn body(data: &Health, context: &PageContext) -> PageBody {
        let health = &data.store;
        let lost: u64 = health.lost.values().sum();
        let content = html! {
            @if let Some(mode) = &health.open_to_others {
                p.notice role="alert" {
                    "Other users of this machine can read the file (mode " (mode) "). Run "
                    code { "chmod 600" } " on the file."
                }
            }
            @if let Some(since) = health.log_held_since {
                (held_log(since, ByteSize(health.log_bytes)))
            }
            dl.figures {
                (figure("Size of the data", &ByteSize(health.bytes).to_string()))
                (figure("Free for new records", &ByteSize(health.free_bytes).to_string()))
                (figure("Log, not merged yet", &ByteSize(health.log_bytes).to_string()))
                (figure("First record", &time(health.first_record)))
                (figure("Last record", &time(health.last_record)))
                (figure("Records ever written", &format_number(health.records_written)))
                (figure("Waiting to be sent", &format_number(health.waiting)))
                (figure("Lost records", &format_number(lost)))
            }
            @if let Some(last) = data.wrong_tokens.last {
                p.notice {
                    (pluralize(data.wrong_tokens.count, "wrong token"))
                    " since this server started, the last one at " (Value::Time(last).html())
                    ". A wrong token is a mistake, or a guess."
                }
            }
            @if let Some(counts) = &data.received {
                (received(counts))
            }
            h2 { "Lost records" }
            @if data.losses.is_empty() {
                p.muted { "No record was lost in this time range." }
            } @else {
                p { "A page whose time range overlaps one of these ranges is incomplete." }
                (losses().html(&data.losses, context))
                @if data.has_more_losses {
                    p.notice {
                        "These are the first " (format_number(data.losses.len() as u64))
                        " ranges. Choose a time range that begins later to see the ranges that follow."
                    }
                }
            }
            h2 { "What the processes counted" }
            @if health.counters.is_empty() {
                p.muted { "No value was truncated, and no write was refused." }
            } @else {
                p.muted { "The sums of all processes, since the oldest record that is kept." }
                (counters(health))
            }
        };
        PageBody::new("Health", content)
    }

    fn csv(data: &Health) -> CsvTable {
        losses().csv(&data.losses)
    }
}

/// What other programs have sent.
fn received(counts: &ReceivedCounts) -> Markup {
    html! {
        h2 { "Received from other programs" }
        p.muted {
            "Spans and log records by OTLP, since this server started. "
            @match counts.last {
                Some(last) => { "The last request was taken at " (Value::Time(last).html()) "." }
                None => "No request was taken yet."
            }
        }
        dl.figures {
            (figure("Taken", &format_number(counts.taken)))
            (figure("Sent again", &format_number(counts.repeated)))
            (figure("Rejected", &format_number(counts.rejected)))
            (figure("Of forgotten users", &format_number(counts.forgotten)))
            (figure("Lost", &format_number(counts.lost)))
            (figure("Requests refused", &format_number(counts.refused_requests)))
            (figure("Requests delayed", &format_number(counts.delayed_requests)))
        }
    }
}

/// A reader that keeps the log large.
fn held_log(since: Timestamp, size: ByteSize) -> Markup {
    let now = Timestamp::from(SystemTime::now());
    let minutes = now.as_nanos().saturating_sub(since.as_nanos()) / 60_000_000_000;
    let minutes = pluralize(minutes.max(1).unsigned_abs(), "minute");
    html! {
        p.notice role="alert" {
            "A program has read from the file for " (minutes) " without a pause, and holds " (size)
            " of the log: they cannot be merged into the file. Close that program, such as a shell with an \
             open transaction. At the limit of the log (1 GiB by default), the service keeps new records \
             in memory, and loses those that do not fit."
        }
    }
}

fn figure(name: &str, value: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn time(time: Option<Timestamp>) -> String {
    let text = |time: Timestamp| format!("{time:.0}").replacen('T', " ", 1);
    time.map_or("none".to_owned(), text)
}

fn losses() -> Table<LostRecords> {
    Table::new("Lost records")
        .column("from", |loss: &LostRecords| Value::Time(loss.from))
        .column("to", |loss| Value::Time(loss.to))
        .column("records", |loss| Value::number(loss.records))
        .column("why", |loss| Value::Text(loss.reason.clone()))
}

/// The counters, each with what it means.
fn counters(health: &StoreHealth) -> Markup {
    html! {
        ul.counters {
            @for (name, count) in &health.counters {
                li { code { (name) } " " (pluralize(*count, "time")) @if let Some(text) = counter_meaning(name) { ": " (text) } }
            }
        }
    }
}
