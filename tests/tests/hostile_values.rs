//! Every function and macro that takes a value bounds the size of a hostile value and does not
//! panic, and one bad value loses only itself.

use std::fmt;

use whose::{Limits, Record};

#[path = "hostile_values/code.rs"]
mod code;
#[path = "hostile_values/log_lines.rs"]
mod log_lines;
#[path = "hostile_values/many.rs"]
mod many;
#[path = "hostile_values/text.rs"]
mod text;

/// An error with a message.
#[derive(Debug)]
struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

/// Asserts that a text has at most `bytes` bytes, and returns its size.
#[track_caller]
fn assert_at_most(bytes: usize, text: Option<&str>) -> usize {
    let text = text.unwrap_or_default();
    assert!(
        text.len() <= bytes,
        "{} > {bytes}: {:.80}",
        text.len(),
        text
    );
    text.len()
}

/// Asserts that a value has at most `bytes` bytes, and returns its size.
#[track_caller]
fn assert_json_at_most(bytes: usize, value: &serde_json::Value) -> usize {
    match value.as_str() {
        Some(text) => assert_at_most(bytes, Some(text)),
        None => assert_at_most(bytes, Some(&value.to_string())),
    }
}

/// Asserts that each part of a record is within its limit, and returns the total size.
#[track_caller]
fn assert_bounded(record: &Record) -> usize {
    let (id, field, data) = (Limits::ID_BYTES, Limits::FIELD_BYTES, Limits::DATA_BYTES);
    let mut size = assert_at_most(id, record.session_id());
    if let Some(user) = record.user() {
        let texts = [
            user.id(),
            user.email(),
            user.username(),
            user.full_name(),
            user.ip_address(),
            user.segment(),
        ];
        size += texts
            .map(|text| assert_at_most(id, text))
            .iter()
            .sum::<usize>();
        assert!(user.attrs().count() <= Limits::ATTRS);
        for (key, value) in user.attrs() {
            size += assert_at_most(id, Some(key)) + assert_at_most(field, value.as_str());
        }
    }
    assert!(record.tags().count() <= Limits::TAGS);
    for (key, value) in record.tags() {
        size += assert_at_most(Limits::TAG_KEY_CHARS, Some(key));
        // A character has at most four bytes.
        size += assert_at_most(Limits::TAG_VALUE_CHARS * 4, Some(value));
        assert!(value.chars().count() <= Limits::TAG_VALUE_CHARS);
    }
    assert!(record.extras().count() <= Limits::EXTRA);
    for (key, value) in record.extras() {
        size += assert_at_most(id, Some(key)) + assert_json_at_most(data, value);
    }
    assert!(record.contexts().count() <= Limits::CONTEXTS);
    for (key, value) in record.contexts() {
        size += assert_at_most(id, Some(key));
        // A truncated context is kept as a text, under `value`.
        size += assert_json_at_most(data, value.get("value").unwrap_or(value));
    }
    assert!(record.breadcrumbs().count() <= Limits::BREADCRUMBS);
    for crumb in record.breadcrumbs() {
        let texts = [
            Some(crumb.message()),
            crumb.category(),
            crumb.breadcrumb_type(),
        ];
        size += texts
            .map(|text| assert_at_most(field, text))
            .iter()
            .sum::<usize>();
        assert!(crumb.all_data().len() <= Limits::EXTRA);
        for (key, value) in crumb.all_data() {
            size += assert_at_most(id, Some(key)) + assert_json_at_most(data, value);
        }
    }
    for (_, value) in record.fields() {
        size += assert_at_most(field, value.as_str());
    }
    size += assert_at_most(field, record.message());
    for cause in record.causes() {
        size += assert_at_most(field, Some(cause));
    }
    size
}
