//! Values that are kept as the text of their JSON because they were too long or too deep.

use serde_json::Value as Json;

use crate::diagnostics::truncate::CUT;

/// The deepest nesting that `serde_json` reads.
const DEEPEST: usize = 127;

/// The content of a text.
pub(crate) enum JsonText {
    /// A complete object or list.
    Whole(Json),
    /// The beginning of an object or a list. A name or a number at the truncated end is incomplete;
    /// it is not read and has to be removed.
    Cut { head: Json, has_rest: bool },
    /// JSON that is nested too deep to be read.
    TooDeep,
    /// No named values inside.
    Other,
}

impl JsonText {
    pub(crate) fn of(text: &str) -> Self {
        if !text.starts_with(['{', '[']) {
            return Self::Other;
        }
        match text.strip_suffix(CUT) {
            Some(head) => match Scan::of(head) {
                Some(scan) => scan.read(head),
                None => Self::TooDeep,
            },
            None if Scan::of(text).is_none() => Self::TooDeep,
            None => serde_json::from_str(text).map_or(Self::Other, Self::Whole),
        }
    }
}

/// The state at the end of the beginning of a JSON text.
#[derive(Default)]
struct Scan {
    /// The closing characters that are needed at the end, outermost first.
    open: String,
    /// The end of the last complete part, and the closing characters that are needed there.
    last_whole: (usize, String),
    is_string: bool,
    /// The start of the escape that the end of the text interrupts.
    escape: Option<usize>,
}

impl Scan {
    /// Scans the text; `None` if the nesting is too deep.
    fn of(text: &str) -> Option<Self> {
        let mut scan = Self::default();
        for (at, byte) in text.bytes().enumerate() {
            if let Some(begin) = scan.escape {
                let is_unicode = text.as_bytes().get(begin + 1) == Some(&b'u');
                let length = if is_unicode { 6 } else { 2 };
                if at + 1 == begin + length {
                    scan.escape = None;
                }
                continue;
            }
            match byte {
                b'\\' if scan.is_string => scan.escape = Some(at),
                b'"' => scan.is_string = !scan.is_string,
                _ if scan.is_string => {}
                b'{' | b'[' => {
                    scan.open.push(if byte == b'{' { '}' } else { ']' });
                    if scan.open.len() > DEEPEST {
                        return None;
                    }
                    scan.last_whole = (at + 1, scan.open.clone());
                }
                b'}' | b']' => {
                    scan.open.pop();
                    scan.last_whole = (at + 1, scan.open.clone());
                }
                // The part before the comma is complete.
                b',' => scan.last_whole = (at, scan.open.clone()),
                _ => {}
            }
        }
        Some(scan)
    }

    fn read(&self, text: &str) -> JsonText {
        let close = |end: usize, quote: &str, open: &str| {
            let head = text.get(..end)?;
            let close: String = open.chars().rev().collect();
            serde_json::from_str(&format!("{head}{quote}{close}")).ok()
        };
        let end = self.escape.unwrap_or(text.len());
        let quote = if self.is_string { "\"" } else { "" };
        if let Some(head) = close(end, quote, &self.open) {
            return JsonText::Cut {
                head,
                has_rest: false,
            };
        }
        match close(self.last_whole.0, "", &self.last_whole.1) {
            Some(head) => JsonText::Cut {
                head,
                has_rest: true,
            },
            None => JsonText::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn head_of(text: &str) -> Option<(Json, bool)> {
        match JsonText::of(&format!("{text}{CUT}")) {
            JsonText::Cut { head, has_rest } => Some((head, has_rest)),
            _ => None,
        }
    }

    #[test]
    fn truncated_value_is_read_at_any_length() {
        let whole = r#"{"a":{"b":[1,"}\"],\u00e9",{"c":"é"}]},"d":true,"e":-1.5}"#;
        assert!(matches!(JsonText::of(whole), JsonText::Whole(_)));
        for end in (1..=whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            let (head, _) = head_of(&whole[..end]).unwrap();
            assert!(head.is_object(), "{head}");
        }
        for (text, head, has_rest) in [
            (
                r#"{"b":1,"card":"4111"#,
                json!({"b": 1, "card": "4111"}),
                false,
            ),
            (
                r#"{"b":1,"card":4111"#,
                json!({"b": 1, "card": 4111}),
                false,
            ),
            (r#"{"b":1,"card":4111."#, json!({"b": 1}), true),
            (r#"{"b":1,"car"#, json!({"b": 1}), true),
            (r#"{"b":["x\"#, json!({"b": ["x"]}), false),
            (r#"{"b":["x\u00"#, json!({"b": ["x"]}), false),
        ] {
            assert_eq!(head_of(text), Some((head, has_rest)), "{text}");
        }
    }

    #[test]
    fn invalid_json_is_rejected_and_deep_json_reported() {
        for text in [
            "",
            "{name} is here",
            "[2024] begun",
            "{",
            "plain…",
            "[1,2]]",
        ] {
            assert!(matches!(JsonText::of(text), JsonText::Other), "{text}");
        }
        assert!(matches!(JsonText::of(&"[".repeat(200)), JsonText::TooDeep));
        let deep = format!("{}{CUT}", r#"{"a":"#.repeat(200));
        assert!(matches!(JsonText::of(&deep), JsonText::TooDeep));
    }
}
