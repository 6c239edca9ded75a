//! The message `AnyValue`.

use std::borrow::Cow;

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
}
