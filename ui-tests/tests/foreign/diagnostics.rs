//! What the compiler says, in parts that can be compared.

use std::fmt;

use serde_json::Value;

/// One error or warning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Diagnostic {
    /// Level, code, message, and the place that is underlined.
    head: String,
    /// All labels, and the notes and suggestions below.
    rest: Vec<String>,
}

/// The part of a diagnostic that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// What is wrong, and where.
    Head,
    /// Only what is said about it.
    Rest,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Head => "head",
            Self::Rest => "rest",
        })
    }
}

/// What of two compilations differs first.
pub(crate) fn differing(plain: &[Diagnostic], ours: &[Diagnostic]) -> Option<Part> {
    if plain == ours {
        return None;
    }
    let heads = |all: &[Diagnostic]| all.iter().map(|one| one.head.clone()).collect::<Vec<_>>();
    if heads(plain) == heads(ours) {
        Some(Part::Rest)
    } else {
        Some(Part::Head)
    }
}

/// Reads the compiler's JSON, a line each, into diagnostics in an order of their own.
pub(crate) fn read(said: &str) -> serde_json::Result<Vec<Diagnostic>> {
    let mut all = Vec::new();
    for line in said.lines() {
        let message: Value = serde_json::from_str(line)?;
        // Artifacts, and the sums at the end, stand nowhere.
        if message["spans"]
            .as_array()
            .is_some_and(|spans| !spans.is_empty())
        {
            all.push(diagnostic(&message));
        }
    }
    all.sort();
    Ok(all)
}

fn diagnostic(message: &Value) -> Diagnostic {
    let spans = list(&message["spans"]);
    let mut head = titled(message);
    for span in spans.iter().filter(|span| span["is_primary"] == true) {
        head += &format!(" at {}", place(span));
    }
    let mut rest: Vec<String> = spans.iter().map(labelled).collect();
    for child in list(&message["children"]) {
        // Only the first warning of a kind says so, whichever that is.
        if text(&child["message"]).ends_with("on by default") {
            continue;
        }
        let mut told = titled(child);
        for span in list(&child["spans"]) {
            told += &format!("; {}", labelled(span));
        }
        rest.push(told);
    }
    rest.sort();
    Diagnostic { head, rest }
}

/// Level, code and message.
fn titled(message: &Value) -> String {
    let code = text(&message["code"]["code"]);
    let (level, message) = (text(&message["level"]), text(&message["message"]));
    format!("{level}[{code}]: {message}")
}

/// A place with what is said there, what is to be written there, and which macro has written it.
fn labelled(span: &Value) -> String {
    let (label, written) = (&span["label"], &span["suggested_replacement"]);
    let maker = &span["expansion"]["macro_decl_name"];
    format!("{} {label} {written} {maker}", place(span))
}

/// The underlined place: its file, where that is another one, and from where to where.
fn place(span: &Value) -> String {
    let number = |key: &str| span[key].as_u64().unwrap_or_default();
    format!(
        "{}:{}:{}-{}:{}",
        text(&span["file_name"]),
        number("line_start"),
        number("column_start"),
        number("line_end"),
        number("column_end"),
    )
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
