//! A text that is too long is truncated, and a text that a terminal interprets is kept unchanged.

use serde_json::{Value as Json, json};
use tracing::field::Empty;
use tracing::{info, info_span};
use whose::testing::{Recorder, isolate_global};
use whose::{Breadcrumb, Record, Scope, User, Value};

use crate::{Failed, assert_bounded};

/// Texts within every limit.
const HOSTILE: [&str; 6] = [
    "\0before and after\0",
    "\u{1b}[2J\u{7}\r\n\u{7f}\u{9b}31m",
    "\u{202e}txt.exe\u{2066}\u{200f}\u{200b}",
    "\u{feff}\u{fffd}\u{10ffff}\u{e0001}e\u{301}\u{301}",
    "\"\\'`$(rm -rf /){}%s%n",
    "' OR 1=1; DROP TABLE users; --",
];

fn user(text: &str) -> User {
    User::new(text)
        .with_email(text)
        .with_username(text)
        .with_full_name(text)
        .with_ip_address(text)
        .with_segment(text)
        .with_attr("attr", text)
        .with_attr(text, 1)
}

fn crumb(text: &str) -> Breadcrumb {
    Breadcrumb::new(text)
        .with_category(text)
        .with_type(text)
        .with_data("data", text)
        .with_data(text, 1)
}

#[whose::trace(
    user_id = text, session_id = text, email = text, username = text, full_name = text,
    ip_address = text, segment = text, attrs(attr = text), tags(tag = text),
    fields(field = text, shown = %text), input(text), output, err
)]
fn by_trace(text: &str) -> Result<String, Failed> {
    text.parse::<u8>()
        .map_err(|_| Failed(text.to_owned()))
        .map(|_| text.to_owned())
}

#[whose::trace(output)]
fn returns(text: &str) -> &str {
    text
}

#[whose::with_user(id = text, email = text, attrs(attr = text), tags(tag = text))]
fn by_with_user(text: &str) {
    info!("with_user");
}

#[whose::with_session(text)]
fn by_with_session(text: &str) {
    info!("with_session");
}

fn by_guard(text: &str) {
    whose::guard!(user = text, session = text, tags(tag = text));
    info!("guard");
}

/// Passes the text to every function and macro that takes a text, and returns records of every
/// type.
fn everywhere(text: &str) -> Vec<Record> {
    let _global = isolate_global();
    let rec = Recorder::start();
    for layer in [whose::global(), whose::isolation().unwrap()] {
        layer.set_user(user(text));
        layer.set_session(text);
        layer.set_tag("tag", text);
        layer.set_tag(text, "v");
        layer.set_tags([("tags", text)]);
        layer.set_extra("extra", text);
        layer.set_extra(text, 1);
        layer.set_context("context", text);
        layer.set_context(text, json!({"map": text}));
        layer.add_breadcrumb(crumb(text));
    }
    whose::set_user(user(text));
    whose::set_session(text);
    whose::set_tag("tag", text);
    whose::set_extra("extra", text);
    whose::set_context("context", text);
    whose::add_breadcrumb(crumb(text));
    let scope = Scope::new()
        .user(user(text))
        .session(text)
        .tag("scope", text)
        .tags([("scope", text)])
        .extra("scope", text)
        .context("scope", text);
    scope.in_scope(|| {
        let _ = by_trace(text);
        returns(text);
        by_with_user(text);
        by_with_session(text);
        by_guard(text);
        let span = info_span!(
            "span",
            user.id = text,
            user.email = text,
            user.attrs.field = text,
            session.id = text,
            tag.field = text,
            field = text,
            late = Empty,
        );
        span.record("late", text);
        span.in_scope(|| info!(user.id = %text, field = text, shown = %text, "{text}"));
        whose::error(&Failed(text.to_owned()))
            .user(user(text))
            .session(text)
            .tag("error", text)
            .extra("error", text)
            .context("error", text)
            .capture();
        whose::usage(text)
            .provider(text)
            .response_model(text)
            .input_tokens(u64::MAX)
            .record();
    });
    rec.records()
}

#[test]
fn megabyte_text_is_truncated_and_counted() {
    let megabyte = "é".repeat(500_000);
    let before = whose::stats();
    let records = everywhere(&megabyte);
    let after = whose::stats();
    assert_eq!(records.len(), 10);
    let id = User::new(&megabyte).id().unwrap().to_owned();
    let mut size = 0;
    for record in &records {
        size += assert_bounded(record);
        assert_eq!(
            record.user_id(),
            Some(&*id),
            "every entry point returns one id"
        );
        assert_eq!(record.session_id(), Some(&*id));
    }
    assert!(size < 1_000_000, "{size} of more than 100 MB");
    assert!(after.truncated_values() > before.truncated_values() + 100);
    // The text is invalid as the key of a tag, and is truncated as the key of an attribute, extra
    // value or context.
    assert!(after.invalid_tags >= before.invalid_tags + 2);
    let error = records.iter().find(|record| record.name() == "error");
    let keys: Vec<_> = error.unwrap().extras().map(|(key, _)| key).collect();
    assert!(
        keys.iter()
            .any(|key| key.starts_with('é') && key.ends_with('…'))
    );
}

#[test]
fn megabyte_ids_with_distinct_ends_stay_distinct() {
    let rec = Recorder::start();
    let head = "é".repeat(500_000);
    let (a, b) = (head.clone() + "a", head + "b");
    for id in [&a, &b] {
        whose::user(id).session(id).in_scope(|| info!("scope"));
        info!(user.id = %id, session.id = ?id.len(), "display");
        info!(user.id = id.as_str(), session.id = %id, "field");
        let _ = by_trace(id);
    }
    let ids: Vec<_> = rec
        .events()
        .iter()
        .map(|event| event.user().cloned())
        .collect();
    let of = |id: &String| Some(User::new(id));
    let expected = [of(&a), of(&a), of(&a), of(&b), of(&b), of(&b)];
    assert_eq!(ids, expected);
    assert_ne!(of(&a), of(&b));
    let spans = rec.spans();
    assert_ne!(spans[0].user_id(), spans[1].user_id());
    assert_ne!(spans[0].session_id(), spans[1].session_id());
}

#[test]
fn control_and_direction_characters_are_kept() {
    for text in HOSTILE {
        let records = everywhere(text);
        assert_eq!(records.len(), 10);
        for record in &records {
            assert_bounded(record);
            assert_eq!(record.user_id(), Some(text));
            assert_eq!(record.session_id(), Some(text));
            let user = record.user().unwrap();
            assert_eq!(user.email(), Some(text));
            assert_eq!(user.attr("attr"), Some(&Value::from(text)));
            assert_eq!(user.attr(text), Some(&Value::Int(1)));
            assert_eq!(record.tag("tag"), Some(text));
            assert_eq!(record.tag("scope"), Some(text));
            assert_eq!(record.extra("scope"), Some(&Json::from(text)));
            assert_eq!(record.extra(text), Some(&Json::from(1)));
            assert_eq!(record.context(text), Some(&json!({"map": text})));
            assert_eq!(record.context("scope"), Some(&json!({"value": text})));
            for name in ["field", "shown", "late", "input.text", "output"] {
                if let Some(value) = record.field(name) {
                    let value = value.as_str().unwrap();
                    let is_debug = name == "output" && value != text;
                    assert!(value == text || is_debug && value == format!("{text:?}"));
                }
            }
        }
        let error = records.iter().rfind(|record| record.name() == "error");
        let error = error.unwrap();
        assert_eq!(error.message(), Some(text));
        assert_eq!(error.tag("error"), Some(text));
        let crumbs: Vec<_> = error.breadcrumbs().collect();
        assert_eq!(crumbs.len(), 3);
        for crumb in crumbs {
            assert_eq!((crumb.message(), crumb.category()), (text, Some(text)));
            assert_eq!(crumb.data("data"), Some(&Json::from(text)));
        }
        let usage = records.iter().find_map(Record::model_usage).unwrap();
        assert_eq!(usage.model, text);
    }
}

#[test]
fn empty_text_has_no_effect() {
    let records = everywhere("");
    assert_eq!(records.len(), 10);
    for record in &records {
        assert_eq!((record.user_id(), record.session_id()), (None, None));
        assert!(record.tags().all(|(key, _)| !key.is_empty()));
        assert_eq!((record.extra(""), record.context("")), (None, None));
    }
}
