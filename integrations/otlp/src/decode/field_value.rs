//! From a value as it was sent to the value of a field.

use whose::{Limits, Value};

use crate::decode::any_value::{AnyValue, ELEMENTS};
use crate::decode::attribute::Attribute;
use crate::wire::{Fields, Malformed};

/// How deep values are written as JSON. A value inside stands as `null`.
const DEPTH: usize = 16;

/// The value of a field: an array, a list or bytes become JSON. `None` for an empty value.
pub(super) fn field_value(value: AnyValue<'_>) -> Result<Option<Value>, Malformed> {
    Ok(Some(match value {
        AnyValue::Empty => return Ok(None),
        AnyValue::Text(text) => Value::from(&*String::from_utf8_lossy(text)),
        AnyValue::Bool(is_true) => is_true.into(),
        AnyValue::Int(number) => number.into(),
        AnyValue::Double(number) => number.into(),
        AnyValue::Array(_) | AnyValue::List(_) | AnyValue::Bytes(_) => {
            let mut json = String::new();
            write_json(&mut json, value, DEPTH)?;
            Value::from(json)
        }
    }))
}

/// Writes the value as JSON. Stops in a list that makes the text longer than a field can be.
fn write_json(json: &mut String, value: AnyValue<'_>, depth: usize) -> Result<(), Malformed> {
    match value {
        _ if depth == 0 => json.push_str("null"),
        AnyValue::Array(elements) => {
            json.push('[');
            write_elements(json, elements, |json, element| {
                write_json(json, AnyValue::read(element)?, depth - 1)
            })?;
            json.push(']');
        }
        AnyValue::List(elements) => {
            json.push('{');
            write_elements(json, elements, |json, element| {
                let Attribute { name, value } = Attribute::read(element)?;
                json.push_str(&quoted(&name));
                json.push(':');
                write_json(json, value, depth - 1)
            })?;
            json.push('}');
        }
        AnyValue::Bytes(bytes) => {
            json.push('"');
            for byte in bytes.iter().take(Limits::FIELD_BYTES / 2) {
                json.push_str(&format!("{byte:02x}"));
            }
            json.push('"');
        }
        AnyValue::Empty => json.push_str("null"),
        AnyValue::Text(text) => json.push_str(&quoted(&String::from_utf8_lossy(text))),
        AnyValue::Bool(is_true) => json.push_str(if is_true { "true" } else { "false" }),
        AnyValue::Int(number) => json.push_str(&number.to_string()),
        // JSON has no number for NaN and the infinities, which become `null`.
        AnyValue::Double(number) => json.push_str(&serde_json::Value::from(number).to_string()),
    }
    Ok(())
}

/// Writes the elements with commas between them.
fn write_elements(
    json: &mut String,
    elements: &[u8],
    write: impl Fn(&mut String, &[u8]) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut separator = "";
    for element in Fields::new(elements).all(ELEMENTS) {
        if json.len() > Limits::FIELD_BYTES {
            break;
        }
        json.push_str(separator);
        separator = ",";
        write(json, element?)?;
    }
    Ok(())
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
