//! The attributes that are parts of an error.

use std::fmt;

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_json::Value as Json;
use tracing::Level;
use whose::names::exception;
use whose::{Breadcrumb, Fingerprint, Limits, ReceivedRecord, Timestamp, Value};

use crate::decode::any_value::{AnyValue, ELEMENTS};
use crate::decode::fault::Fault;
use crate::decode::origin::Origin;
use crate::names;
use crate::wire::{Fields, Malformed};

/// The most causes, and the most spans of a path, that an error keeps.
const LIST: usize = 64;

/// Takes an attribute that is a part of an error. Returns `false` for any other one. The message of the
/// exception is no part: the body of a log record can be another text.
pub(super) fn take(
    received: &mut ReceivedRecord,
    origin: &Origin<'_>,
    name: &str,
    value: AnyValue<'_>,
) -> Result<bool, Fault> {
    match (name, value) {
        (names::CAUSES, AnyValue::Array(elements)) => {
            for_each_text(elements, |cause| received.add_cause(cause))?;
        }
        (names::SPAN_PATH, AnyValue::Array(elements)) => {
            for_each_text(elements, |span| {
                received.add_span_path(origin.names.get(span))
            })?;
        }
        _ => {
            let Some(text) = value.text() else {
                return Ok(false);
            };
            match name {
                name if name == exception::TYPE.name => received.set_error_type(&text),
                name if name == exception::STACKTRACE.name => received.set_backtrace(&text),
                names::FINGERPRINT => match Fingerprint::parse(&text) {
                    Some(fingerprint) => received.set_fingerprint(fingerprint),
                    None => return Ok(false),
                },
                names::BREADCRUMBS => add_breadcrumbs(received, &text),
                names::FLAGS => add_flags(received, &text),
                _ => return Ok(false),
            }
        }
    }
    Ok(true)
}

fn for_each_text(elements: &[u8], mut each: impl FnMut(&str)) -> Result<(), Malformed> {
    for element in Fields::new(elements).all(ELEMENTS).take(LIST) {
        if let Some(text) = AnyValue::read(element?)?.text() {
            each(&text);
        }
    }
    Ok(())
}

/// Adds the breadcrumbs of a JSON text, in the form of a record.
fn add_breadcrumbs(received: &mut ReceivedRecord, text: &str) {
    let Ok(Json::Array(crumbs)) = serde_json::from_str(text) else {
        return;
    };
    for crumb in crumbs.iter().take(Limits::BREADCRUMBS) {
        let part = |key: &str| crumb[key].as_str();
        let Some(message) = part("message") else {
            continue;
        };
        let mut breadcrumb = Breadcrumb::new(message);
        if let Some(level) = part("level").and_then(|level| level.parse::<Level>().ok()) {
            breadcrumb = breadcrumb.with_level(level);
        }
        if let Some(time) = part("time").and_then(Timestamp::parse) {
            breadcrumb = breadcrumb.with_timestamp(time.into());
        }
        if let Some(category) = part("category") {
            breadcrumb = breadcrumb.with_category(category);
        }
        if let Some(breadcrumb_type) = part("type") {
            breadcrumb = breadcrumb.with_type(breadcrumb_type);
        }
        for (key, value) in crumb["data"].as_object().into_iter().flatten() {
            breadcrumb = breadcrumb.with_data(key, value);
        }
        received.add_breadcrumb(breadcrumb);
    }
}

/// Adds the feature flags of a JSON object, in the order of its keys in the text.
fn add_flags(received: &mut ReceivedRecord, text: &str) {
    // What precedes the broken part of a text is kept.
    let _ = serde_json::Deserializer::from_str(text).deserialize_map(AddFlags(received));
}

struct AddFlags<'a>(&'a mut ReceivedRecord);

impl<'de> Visitor<'de> for AddFlags<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of feature flags")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut flags: A) -> Result<(), A::Error> {
        while let Some((key, json)) = flags.next_entry::<String, Json>()? {
            let value = match json {
                Json::Bool(is_true) => Value::from(is_true),
                Json::String(text) => Value::from(text),
                Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                    (Some(number), _) => Value::from(number),
                    (None, Some(number)) => Value::from(number),
                    (None, None) => Value::from(number.as_f64().unwrap_or_default()),
                },
                _ => continue,
            };
            self.0.add_flag(&key, &value);
        }
        Ok(())
    }
}
