//! The colours of the sources of a user, and of the reasons why a record has none.

use maud::{Markup, html};
use whose_store::RecordRow;

use super::value::Value;

/// The sources from the strongest to the weakest, each with its class in the stylesheet.
pub(in crate::pages) const SOURCES: &[(&str, &str)] = &[
    ("explicit", "source-explicit"),
    ("scope", "source-scope"),
    ("isolation", "source-isolation"),
    ("late", "source-late"),
    ("remote", "source-remote"),
    ("global", "source-global"),
];

/// The class of records without a user.
const NO_USER: &str = "source-none";
/// The class of records without a user on purpose.
const ANONYMOUS: &str = "source-anonymous";

/// The class of a source; that of records without a user for any other name.
pub(in crate::pages) fn source_class(source: &str) -> &'static str {
    let known = SOURCES.iter().find(|(name, _)| *name == source);
    known.map_or(NO_USER, |(_, class)| class)
}

/// The class of a reason of having no user.
pub(in crate::pages) fn reason_class(reason: &str) -> &'static str {
    match reason {
        "anonymous" | "withheld" => ANONYMOUS,
        _ => NO_USER,
    }
}

/// The source of the user of a record, or why the record has none, with its colour.
pub(in crate::pages) fn source_of(record: &RecordRow) -> Value {
    let (text, class) = match (&record.user_source, &record.unattributed) {
        (Some(source), _) => (source, source_class(source)),
        (None, Some(reason)) => (reason, reason_class(reason)),
        (None, None) => return Value::Missing,
    };
    Value::Picture {
        markup: html! { (swatch(class)) " " (text) },
        text: text.clone(),
    }
}

/// A square in the colour of a class.
pub(super) fn swatch(class: &str) -> Markup {
    html! {
        svg.swatch viewBox="0 0 10 10" aria-hidden="true" {
            rect class=(class) width="10" height="10" {}
        }
    }
}

/// What the colours mean.
pub(in crate::pages) fn source_legend() -> Markup {
    let others = [("no user", NO_USER), ("anonymous", ANONYMOUS)];
    html! {
        ul.legend aria-label="Colours" {
            @for (name, class) in SOURCES.iter().chain(&others) {
                li { (swatch(class)) (name) }
            }
        }
    }
}
