//! JSON without characters that a terminal obeys, or that hide or reorder text.

use std::io::{self, Write};

use serde::Serialize;
#[cfg(feature = "command-line")]
use serde_json::ser::CompactFormatter;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};

use crate::values::needs_escape;

/// Writes indented JSON, and a line break.
pub(crate) fn write_json(out: &mut dyn Write, value: &impl Serialize) -> serde_json::Result<()> {
    write(out, value, PrettyFormatter::new())
}

/// Writes JSON on one line, and a line break.
#[cfg(feature = "command-line")]
pub(crate) fn write_json_line(
    out: &mut dyn Write,
    value: &impl Serialize,
) -> serde_json::Result<()> {
    write(out, value, CompactFormatter)
}

/// The data as indented JSON.
pub(crate) fn to_visible_json(data: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    write_json(&mut bytes, data)?;
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

/// The data as JSON on one line, without a line break.
#[cfg(feature = "mcp")]
pub(crate) fn to_visible_line(data: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    write_json_line(&mut bytes, data)?;
    bytes.pop();
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

fn write(
    out: &mut dyn Write,
    value: &impl Serialize,
    formatter: impl Formatter,
) -> serde_json::Result<()> {
    let formatter = EscapingFormatter(formatter);
    value.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
    writeln!(out).map_err(serde_json::Error::io)
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
        write_json(&mut text, &hostile).unwrap();
        let text = String::from_utf8(text).unwrap();
        let kept = |c: char| c == '\n' || !needs_escape(c);
        assert!(text.chars().all(kept), "{text:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), hostile);
    }
}
