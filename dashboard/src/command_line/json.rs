//! JSON that is safe to print on a terminal.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{Error as _, SerializeSeq};
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter, Serializer};
use whose_store::{Rows, StoreError};

use crate::values::needs_escape;

/// Writes indented JSON. Escapes every character that a terminal obeys.
pub(crate) fn write(out: &mut dyn Write, value: &impl Serialize) -> serde_json::Result<()> {
    let formatter = EscapingFormatter(PrettyFormatter::new());
    value.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
    writeln!(out).map_err(serde_json::Error::io)
}

/// Writes JSON on one line. Escapes every character that a terminal obeys.
pub(crate) fn write_line(out: &mut dyn Write, value: &impl Serialize) -> serde_json::Result<()> {
    let formatter = EscapingFormatter(CompactFormatter);
    value.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
    writeln!(out).map_err(serde_json::Error::io)
}

/// Serializes rows as an array, each when it is read.
pub(crate) struct RowArray<'a, 'r, T> {
    rows: RefCell<&'a mut Rows<'r, T>>,
    error: Cell<Option<StoreError>>,
}

impl<'a, 'r, T> RowArray<'a, 'r, T> {
    pub(crate) fn new(rows: &'a mut Rows<'r, T>) -> Self {
        Self {
            rows: RefCell::new(rows),
            error: Cell::new(None),
        }
    }

    /// The error that ended the array early.
    pub(crate) fn error(&self) -> Option<StoreError> {
        self.error.take()
    }
}

impl<T: Serialize> Serialize for RowArray<'_, '_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        for row in &mut **self.rows.borrow_mut() {
            match row {
                Ok(row) => array.serialize_element(&row)?,
                Err(error) => {
                    let message = S::Error::custom(&error);
                    self.error.set(Some(error));
                    return Err(message);
                }
            }
        }
        array.end()
    }
}

/// Escapes characters beyond the 32 that JSON requires.
struct EscapingFormatter<F>(F);

impl<F: Formatter> Formatter for EscapingFormatter<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, hostile)) = rest.char_indices().find(|(_, c)| needs_escape(*c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in hostile.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + hostile.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_escaped_and_round_trips() {
        let hostile = [
            "\u{1b}[31m\u{9b}2J\u{7f}",
            "\u{202e}dcba",
            "\u{e0041}é\"\\\n",
            "",
        ];
        let mut text = Vec::new();
        write(&mut text, &hostile).unwrap();
        let text = String::from_utf8(text).unwrap();
        let kept = |c: char| c == '\n' || !needs_escape(c);
        assert!(text.chars().all(kept), "{text:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), hostile);
    }
}
