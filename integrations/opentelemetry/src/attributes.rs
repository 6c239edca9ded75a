//! An attribution as OpenTelemetry attributes.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use opentelemetry::logs::AnyValue;
use opentelemetry::{KeyValue, Value};
use whose::names::attribution::{ACTOR_SOURCE, SESSION_SOURCE, SOURCE};
use whose::{AttributeValue, Attribution};

use crate::dialect_names;
use crate::interned::key;
use crate::settings::Settings;

/// The most attributions of a thread whose attributes are kept.
const CAPACITY: usize = 8;
/// The most attributes that are kept, so that a thread keeps no large values.
const MOST_ATTRIBUTES: usize = 16;

/// The names that [`Bridge::with_sources`](crate::Bridge::with_sources) adds.
const SOURCES: [&str; 3] = [SOURCE, SESSION_SOURCE, ACTOR_SOURCE];

/// The attributes of one attribution, made for the settings with the number `settings`.
struct Made {
    settings: u64,
    attribution: Attribution,
    attributes: Rc<[KeyValue]>,
}

thread_local! {
    /// What this thread has made before, the last used first.
    static MADE: RefCell<Vec<Made>> = const { RefCell::new(Vec::new()) };
}

/// The attributes of an attribution, in OpenTelemetry's names and in those of the dialects. A clone of
/// an attribute copies no text.
pub(crate) fn of(attribution: &Attribution, settings: &Settings) -> Rc<[KeyValue]> {
    let cached = MADE.try_with(|made| {
        let mut made = made.try_borrow_mut().ok()?;
        let at = made.iter().position(|made| {
            made.settings == settings.number() && made.attribution == *attribution
        })?;
        if at > 0 {
            made[..=at].rotate_right(1);
        }
        Some(made[0].attributes.clone())
    });
    if let Ok(Some(attributes)) = cached {
        return attributes;
    }
    let attributes = make(attribution, settings);
    if attributes.len() <= MOST_ATTRIBUTES {
        keep(attribution, settings, &attributes);
    }
    attributes
}

fn keep(attribution: &Attribution, settings: &Settings, attributes: &Rc<[KeyValue]>) {
    let new = Made {
        settings: settings.number(),
        attribution: attribution.clone(),
        attributes: attributes.clone(),
    };
    let _ = MADE.try_with(|made| {
        let oldest = made.try_borrow_mut().ok().and_then(|mut made| {
            let oldest = (made.len() == CAPACITY).then(|| made.pop());
            made.insert(0, new);
            oldest
        });
        drop(oldest);
    });
}

fn make(attribution: &Attribution, settings: &Settings) -> Rc<[KeyValue]> {
    let mut attributes = Vec::with_capacity(8);
    attribution.visit_attributes(|name, value| {
        if SOURCES.contains(&name) && !settings.has_sources() {
            return;
        }
        if let Some(value) = to_value(value) {
            attributes.push(KeyValue::new(key(name), value));
        }
    });
    for dialect in settings.dialects() {
        dialect_names::add_identity(*dialect, attribution, &mut attributes);
    }
    attributes.into()
}

fn to_value(value: AttributeValue<'_>) -> Option<Value> {
    Some(match value {
        AttributeValue::Bool(value) => value.into(),
        AttributeValue::Int(value) => value.into(),
        AttributeValue::Float(value) => value.into(),
        AttributeValue::Str(text) => Arc::<str>::from(text).into(),
        // A kind of value that a later version of `whose` adds.
        _ => return None,
    })
}

/// The value of a field.
pub(crate) fn value_of(value: &whose::Value) -> Value {
    to_value(AttributeValue::from(value)).unwrap_or_else(|| value.to_string().into())
}

/// The value of an attribute, as a log record has it.
pub(crate) fn any_value(attribute: &KeyValue) -> AnyValue {
    match &attribute.value {
        Value::Bool(value) => AnyValue::Boolean(*value),
        Value::I64(value) => AnyValue::Int(*value),
        Value::F64(value) => AnyValue::Double(*value),
        Value::String(value) => AnyValue::String(value.clone()),
        other => AnyValue::from(other.to_string()),
    }
}
