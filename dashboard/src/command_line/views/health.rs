//! The state of the store on a terminal.

use whose_store::{LostRecords, StoreHealth, Timestamp};

use crate::command_line::views::losses;
use crate::command_line::wrap::wrap;
use crate::values::{ByteSize, counter_meaning, escape, format_number, format_time, pluralize};

/// The columns of the names of the lines.
const NAME_WIDTH: usize = 20;

/// The sizes, the time range, the lost records and the counters. Lines past the width continue on the
/// next line.
pub(crate) fn health(health: &StoreHealth, lost: &[LostRecords], width: usize) -> String {
    let mut lines = warnings(health);
    lines.extend(facts(health).map(|(name, value)| format!("{name:<NAME_WIDTH$}  {value}")));
    if !health.counters.is_empty() {
        lines.push(String::new());
        lines.push("what the processes counted, since the oldest record that is kept:".to_owned());
    }
    for (name, count) in &health.counters {
        let meaning = counter_meaning(name).map_or(String::new(), |text| format!(": {text}"));
        let count = pluralize(*count, "time");
        lines.push(format!("{:<NAME_WIDTH$}  {count}{meaning}", escape(name)));
    }
    if !lost.is_empty() {
        lines.push(String::new());
        lines.extend(losses(lost));
    }
    let wrapped = lines
        .iter()
        .map(|line| wrap(line, width, NAME_WIDTH + 2) + "\n");
    wrapped.collect()
}

fn warnings(health: &StoreHealth) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(mode) = &health.open_to_others {
        lines.push(format!(
            "warning: other users of this machine can read the file (mode {mode}): run `chmod 600` on the \
             file"
        ));
    }
    if let Some(since) = health.log_held_since {
        lines.push(format!(
            "warning: a program has read from the file since {} without a pause, and holds {} of the log: \
             close that program",
            format_time(since),
            ByteSize(health.log_bytes)
        ));
    }
    lines
}

fn facts(health: &StoreHealth) -> impl Iterator<Item = (&'static str, String)> {
    let time = |time: Option<Timestamp>| time.map_or("none".to_owned(), format_time);
    let lost: u64 = health.lost.values().sum();
    [
        ("size of the data", ByteSize(health.bytes).to_string()),
        (
            "free for new records",
            ByteSize(health.free_bytes).to_string(),
        ),
        (
            "log, not merged yet",
            ByteSize(health.log_bytes).to_string(),
        ),
        ("first record", time(health.first_record)),
        ("last record", time(health.last_record)),
        (
            "records ever written",
            format_number(health.records_written),
        ),
        ("waiting to be sent", format_number(health.waiting)),
        ("lost records", format_number(lost)),
    ]
    .into_iter()
}
