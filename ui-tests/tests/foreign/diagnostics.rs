//! The diagnostics of the compiler, in comparable parts.

use std::fmt;

use serde_json::Value;

/// One error or warning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Diagnostic {
    /// Level, code, message and underlined location.
    head: String,
    /// All labels, notes and suggestions.
    rest: Vec<String>,
}

/// The part of a diagnostic that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The error and its location.
    Head,
    /// Only the labels, notes and suggestions.
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

/// The first part that differs between two compilations.
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

/// Parses the JSON lines of the compiler into sorted diagnostics.
pub(crate) fn read(output: &str) -> serde_json::Result<Vec<Diagnostic>> {
    let mut all = Vec::new();
    for line in output.lines() {
        let message: Value = serde_json::from_str(line)?;
        // Artifact notices and the final summary have no location.
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
        head += &format!(" at {}", location(span));
    }
    let mut rest: Vec<String> = spans.iter().map(labelled).collect();
    for child in list(&message["children"]) {
        // Only the first warning of a kind has this note, and the order of warnings may differ.
        if text(&child["message"]).ends_with("on by default") {
            continue;
        }
        let mut note = titled(child);
        for span in list(&child["spans"]) {
            note += &format!("; {}", labelled(span));
        }
        rest.push(note);
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

/// A location with its label, its suggested replacement and the macro of its expansion.
fn labelled(span: &Value) -> String {
    let (label, written) = (&span["label"], &span["suggested_replacement"]);
    let maker = &span["expansion"]["macro_decl_name"];
    format!("{} {label} {written} {maker}", location(span))
}

/// The underlined location: its file, start and end.
fn location(span: &Value) -> String {
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
