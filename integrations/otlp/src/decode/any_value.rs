//! The message `AnyValue`.

use std::borrow::Cow;

use whose::{Limits, Value};

use crate::decode::attribute::Attribute;
use crate::wire::{Fields, Malformed, Wire};

// The fields of the message.
const STRING: u32 = 1;
const BOOL: u32 = 2;
const INT: u32 = 3;
const DOUBLE: u32 = 4;
const ARRAY: u32 = 5;
const LIST: u32 = 6;
const BYTES: u32 = 7;

/// The field of `ArrayValue` and of `KeyValueList` with their elements.
pub(super) const ELEMENTS: u32 = 1;

/// How deep values are written as JSON. A value inside stands as `null`.
const DEPTH: usize = 16;

/// A value as it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum AnyValue<'a> {
    Empty,
    Text(&'a [u8]),
    Bool(bool),
    Int(i64),
    Double(f64),
    /// The elements, which are values.
    Array(&'a [u8]),
    /// The elements, which are attributes.
    List(&'a [u8]),
    Bytes(&'a [u8]),
}

impl<'a> AnyValue<'a> {
    pub(super) fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut value = Self::Empty;
        for read in Fields::new(message) {
            value = match read? {
                (STRING, wire) => Self::Text(wire.bytes()?),
                (BOOL, wire) => Self::Bool(wire.number()? != 0),
                (INT, wire) => Self::Int(wire.number()?.cast_signed()),
                (DOUBLE, Wire::Fixed64(bits)) => Self::Double(f64::from_bits(bits)),
                (ARRAY, wire) => Self::Array(wire.bytes()?),
                (LIST, wire) => Self::List(wire.bytes()?),
                (BYTES, wire) => Self::Bytes(wire.bytes()?),
                _ => value,
            };
        }
        Ok(value)
    }

    /// The text, if the value is one. Bytes that are no UTF-8 become replacement characters.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(String::from_utf8_lossy(text)),
            _ => None,
        }
    }

    /// Whether the value is a text that is no UTF-8. As an id, such a text could become that of another.
    pub(super) fn is_broken_text(self) -> bool {
        matches!(self, Self::Text(text) if std::str::from_utf8(text).is_err())
    }

    /// The value of a field: an array, a list or bytes become JSON. `None` for an empty value.
    pub(super) fn to_value(self) -> Result<Option<Value>, Malformed> {
        Ok(Some(match self {
            Self::Empty => return Ok(None),
            Self::Text(text) => Value::from(&*String::from_utf8_lossy(text)),
            Self::Bool(is_true) => is_true.into(),
            Self::Int(number) => number.into(),
            Self::Double(number) => number.into(),
            Self::Array(_) | Self::List(_) | Self::Bytes(_) => {
                let mut json = String::new();
                self.write_json(&mut json, DEPTH)?;
                Value::from(json)
            }
        }))
    }

    /// Writes the value as JSON, until the text is as long as a field can be.
    fn write_json(self, json: &mut String, depth: usize) -> Result<(), Malformed> {
        match self {
            _ if depth == 0 => json.push_str("null"),
            Self::Array(elements) => {
                json.push('[');
                let mut separator = "";
                for element in Fields::new(elements).all(ELEMENTS) {
                    if json.len() > Limits::FIELD_BYTES {
                        break;
                    }
                    json.push_str(separator);
                    separator = ",";
                    AnyValue::read(element?)?.write_json(json, depth - 1)?;
                }
                json.push(']');
            }
            Self::List(elements) => {
                json.push('{');
                let mut separator = "";
                for element in Fields::new(elements).all(ELEMENTS) {
                    if json.len() > Limits::FIELD_BYTES {
                        break;
                    }
                    json.push_str(separator);
                    separator = ",";
                    let Attribute { name, value } = Attribute::read(element?)?;
                    json.push_str(&quoted(&name));
                    json.push(':');
                    value.write_json(json, depth - 1)?;
                }
                json.push('}');
            }
            Self::Bytes(bytes) => {
                json.push('"');
                for byte in bytes.iter().take(Limits::FIELD_BYTES / 2) {
                    json.push_str(&format!("{byte:02x}"));
                }
                json.push('"');
            }
            Self::Empty => json.push_str("null"),
            Self::Text(text) => json.push_str(&quoted(&String::from_utf8_lossy(text))),
            Self::Bool(is_true) => json.push_str(if is_true { "true" } else { "false" }),
            Self::Int(number) => json.push_str(&number.to_string()),
            Self::Double(number) => {
                // JSON has no number for NaN and the infinities, which become `null`.
                json.push_str(&serde_json::Value::from(number).to_string());
            }
        }
        Ok(())
    }
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
