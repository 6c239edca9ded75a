//! The message `KeyValue`.

use std::borrow::Cow;

use crate::decode::any_value::AnyValue;
use crate::wire::{Fields, Malformed};

/// The field of `Span` with its attributes.
pub(super) const SPAN_ATTRIBUTES: u32 = 9;

const KEY: u32 = 1;
const VALUE: u32 = 2;

/// One attribute.
#[derive(Clone, Debug)]
pub(super) struct Attribute<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: AnyValue<'a>,
}

impl<'a> Attribute<'a> {
    pub(super) fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let (mut name, mut value) = (&[][..], AnyValue::Empty);
        for read in Fields::new(message) {
            match read? {
                (KEY, wire) => name = wire.bytes()?,
                (VALUE, wire) => value = AnyValue::read(wire.bytes()?)?,
                _ => {}
            }
        }
        let name = String::from_utf8_lossy(name);
        Ok(Self { name, value })
    }
}

/// The attributes of a message, in the repeated field of that number.
pub(super) fn attributes(
    message: &[u8],
    field: u32,
) -> impl Iterator<Item = Result<Attribute<'_>, Malformed>> {
    let messages = Fields::new(message).all(field);
    messages.map(|message| Attribute::read(message?))
}
