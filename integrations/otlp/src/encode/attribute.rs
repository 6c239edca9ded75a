//! One attribute: a name and a value.

use serde::Serialize;
use whose::{AttributeValue, Value};

use crate::wire;

/// Writes attributes into one field of a message: `attributes` of a span or of a log record.
pub(crate) struct Attributes<'a> {
    out: &'a mut Vec<u8>,
    field: u32,
}

/// The fields of the message `AnyValue`.
const STRING: u32 = 1;
const BOOL: u32 = 2;
const INT: u32 = 3;
const DOUBLE: u32 = 4;
const ARRAY: u32 = 5;

impl<'a> Attributes<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>, field: u32) -> Self {
        Self { out, field }
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        let value = wire::bytes_len(text.len());
        self.head(name, value);
        wire::bytes(self.out, STRING, text.as_bytes());
    }

    /// A number as 32 hexadecimal digits.
    pub(crate) fn hex(&mut self, name: &str, number: u128) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.head(name, wire::bytes_len(32));
        wire::message_head(self.out, STRING, 32);
        for byte in number.to_be_bytes() {
            let digits = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
            self.out.extend_from_slice(&digits);
        }
    }

    pub(crate) fn int(&mut self, name: &str, number: i64) {
        let number = number.cast_unsigned();
        self.head(name, 1 + wire::varint_len(number));
        wire::number(self.out, INT, number);
    }

    pub(crate) fn bool(&mut self, name: &str, is_true: bool) {
        self.head(name, 2);
        wire::number(self.out, BOOL, is_true.into());
    }

    pub(crate) fn double(&mut self, name: &str, number: f64) {
        self.head(name, 9);
        wire::double(self.out, DOUBLE, number);
    }

    /// The value of a field. OTLP has no unsigned numbers: one that is too large becomes a text.
    pub(crate) fn field(&mut self, name: &str, value: &Value) {
        self.value(name, &AttributeValue::from(value));
    }

    pub(crate) fn value(&mut self, name: &str, value: &AttributeValue<'_>) {
        match value {
            AttributeValue::Bool(is_true) => self.bool(name, *is_true),
            AttributeValue::Int(number) => self.int(name, *number),
            AttributeValue::Float(number) => self.double(name, *number),
            AttributeValue::Str(text) => self.text(name, text),
            // The type may get more variants.
            other => self.text(name, &format!("{other:?}")),
        }
    }

    /// An array of texts. Writes nothing for an empty array.
    pub(crate) fn texts<'t>(&mut self, name: &str, texts: impl Iterator<Item = &'t str>) {
        let mut values = Vec::new();
        for text in texts {
            wire::message(&mut values, 1, |out| {
                wire::bytes(out, STRING, text.as_bytes());
            });
        }
        if !values.is_empty() {
            self.head(name, wire::bytes_len(values.len()));
            wire::bytes(self.out, ARRAY, &values);
        }
    }

    /// A value as JSON, in a text. A value that cannot be serialised is left out.
    pub(crate) fn json(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        if let Ok(json) = serde_json::to_string(value) {
            self.text(name, &json);
        }
    }

    /// Writes everything up to the value, which has `value_len` bytes.
    fn head(&mut self, name: &str, value_len: usize) {
        let len = wire::bytes_len(name.len()) + wire::bytes_len(value_len);
        wire::message_head(self.out, self.field, len);
        wire::bytes(self.out, 1, name.as_bytes());
        wire::message_head(self.out, 2, value_len);
    }
}

/// Writes the message `AnyValue` with a text into `field`.
pub(crate) fn text_value(out: &mut Vec<u8>, field: u32, text: &str) {
    wire::message_head(out, field, wire::bytes_len(text.len()));
    wire::bytes(out, STRING, text.as_bytes());
}
