//! The parts of a record that some records have: an error, a model call, and data.

use maud::{Markup, html};
use serde_json::{Map, Value as Json};
use whose::names::gen_ai::is_content;
use whose_store::RecordRow;

use crate::pages::components::{Value, facts};
use crate::values::{escape, escape_lines};

/// The error: its message, type, causes, spans, backtrace, breadcrumbs and flags.
pub(super) fn failure(record: &RecordRow) -> Markup {
    let is_failure = record.failed || record.error_type.is_some();
    html! {
        @if is_failure {
            section.error-details {
                h2 { "Error" }
                @if let Some(message) = &record.message { p.message { (escape(message)) } }
                (facts(&[
                    ("error type", Value::text(record.error_type.as_deref())),
                    ("fingerprint", Value::text(record.fingerprint.as_deref())),
                ]))
                @if !record.causes.is_empty() {
                    h3 { "Causes" }
                    ol { @for cause in &record.causes { li { (escape(cause)) } } }
                }
                @if !record.path.is_empty() {
                    h3 { "Spans around" }
                    ol { @for span in &record.path { li { (escape(span)) } } }
                }
                @if let Some(backtrace) = &record.backtrace {
                    h3 { "Backtrace" }
                    pre.backtrace tabindex="0" { code { (escape_lines(backtrace)) } }
                }
            }
        }
        (list("Breadcrumbs", &record.breadcrumbs))
        (list("Feature flags", &record.flags))
    }
}

/// The model call: its model, tokens and cost.
pub(super) fn call(record: &RecordRow) -> Markup {
    let count = |tokens: Option<u64>| match tokens {
        None | Some(0) => Value::Missing,
        Some(tokens) => Value::number(tokens),
    };
    let values = [
        ("model", Value::text(record.model.as_deref())),
        ("provider", Value::text(record.provider.as_deref())),
        ("service tier", Value::text(record.service_tier.as_deref())),
        ("input tokens", count(record.input_tokens)),
        ("output tokens", count(record.output_tokens)),
        ("read from cache", count(record.cache_read_tokens)),
        ("written to cache", count(record.cache_write_tokens)),
        ("written for an hour", count(record.cache_write_1h_tokens)),
        ("reasoning", count(record.reasoning_tokens)),
        ("audio input", count(record.audio_input_tokens)),
        ("audio output", count(record.audio_output_tokens)),
        (
            "cost",
            match record.cost_usd {
                Some(amount) => Value::Text(amount.to_string()),
                None => Value::Text("no price is known for the model on this day".to_owned()),
            },
        ),
    ];
    html! {
        @if record.model.is_some() {
            section { h2 { "Model call" } (facts(&values)) }
        }
    }
}

/// The fields, tags, extra values and contexts. Messages are shown as a chat.
pub(super) fn data(record: &RecordRow) -> Markup {
    let fields = record.fields.iter();
    let fields = fields.filter(|(name, _)| !is_content(name));
    let fields: Map<String, Json> = fields.map(|(k, v)| (k.clone(), v.clone())).collect();
    let tags = record.tags.iter();
    let tags = tags.map(|(name, value)| (name.clone(), Json::String(value.clone())));
    html! {
        (values("Fields", &fields))
        (values("Tags", &tags.collect()))
        (values("Extra", &record.extra))
        @for (name, context) in &record.contexts {
            @let title = format!("Context {}", escape(name));
            @match context {
                Json::Object(entries) => (values(&title, entries)),
                other => (values(&title, &Map::from_iter([(name.clone(), other.clone())]))),
            }
        }
    }
}

fn values(title: &str, values: &Map<String, Json>) -> Markup {
    html! {
        @if !values.is_empty() {
            section {
                h2 { (title) }
                dl.explanation {
                    @for (name, value) in values {
                        dt { (escape(name)) }
                        dd { (text_of(value)) }
                    }
                }
            }
        }
    }
}

fn list(title: &str, entries: &[Json]) -> Markup {
    html! {
        @if !entries.is_empty() {
            section {
                h2 { (title) }
                ol.entries {
                    @for entry in entries {
                        li {
                            @match entry {
                                Json::Object(parts) => {
                                    @for (name, value) in parts {
                                        span.entry-part {
                                            span.muted { (escape(name)) } " " (text_of(value))
                                        }
                                        " "
                                    }
                                },
                                other => (text_of(other)),
                            }
                        }
                    }
                }
            }
        }
    }
}

fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => escape(text).into_owned(),
        value => escape(&value.to_string()).into_owned(),
    }
}
