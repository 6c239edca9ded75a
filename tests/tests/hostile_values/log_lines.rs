//! A log line escapes and shortens a hostile id.

use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;
use whose_tests::log_buffer::LogBuffer;

/// Ids that forge a field or a line, clear the screen or reverse the line if unescaped.
const HOSTILE: [&str; 8] = [
    "a session.id=admin",
    "a\nINFO forged",
    "a\r\u{1b}[2J\u{7}",
    "a\0b",
    "\u{9b}31m\u{85}",
    "\u{202e}txt.exe",
    "\u{2066}a\u{200f}\u{200b}\u{2028}",
    "\u{feff}\"quoted\" \\ 'id'",
];

/// Whether a terminal interprets, hides or reorders the character.
fn is_interpreted(c: char) -> bool {
    c.is_control() || "\u{202e}\u{2066}\u{200f}\u{200b}\u{2028}\u{feff}".contains(c)
}

fn log_of(id: &str, is_json: bool) -> String {
    let lines = LogBuffer::default();
    let layer = fmt::layer().with_ansi(false).with_writer(lines.clone());
    let registry = tracing_subscriber::registry().with(whose::layer());
    let log = || whose::user(id).session(id).in_scope(|| tracing::info!("x"));
    if is_json {
        let layer = layer.json().map_event_format(whose::fmt::attributed);
        tracing::subscriber::with_default(registry.with(layer), log);
    } else {
        let layer = layer.map_event_format(whose::fmt::attributed);
        tracing::subscriber::with_default(registry.with(layer), log);
    }
    lines.take()
}

#[test]
fn text_line_escapes_and_quotes_hostile_ids() {
    for id in HOSTILE {
        let line = log_of(id, false);
        let shown = format!(" user.id={id:?} session.id={id:?}\n");
        assert!(line.ends_with(&shown), "{line:?}");
        let text = line.trim_end_matches('\n');
        assert!(!text.contains(is_interpreted), "{line:?}");
    }
}

#[test]
fn json_line_round_trips_hostile_id() {
    for id in HOSTILE {
        let line = log_of(id, true);
        assert_eq!(line.lines().count(), 1, "{line:?}");
        let text = line.trim_end_matches('\n');
        assert!(!text.contains(is_interpreted), "{line:?}");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&read["user.id"], &read["session.id"]),
            (&id.into(), &id.into())
        );
    }
}

#[test]
fn megabyte_id_makes_short_line() {
    for is_json in [false, true] {
        let line = log_of(&"\u{1b}".repeat(1 << 20), is_json);
        assert!(
            line.len() < 4_096 && line.contains("user.id"),
            "{}",
            line.len()
        );
    }
}
