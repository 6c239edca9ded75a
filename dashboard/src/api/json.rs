//! JSON of a view's data.

use serde::Serialize;

use crate::values::needs_escape;

/// The data as indented JSON.
pub(crate) fn to_json(data: &impl Serialize) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(data)?;
    text.push('\n');
    Ok(text)
}

/// The data as indented JSON for a page: characters that hide or reorder text are escaped.
pub(crate) fn to_visible_json(data: &impl Serialize) -> serde_json::Result<String> {
    let mut visible = String::new();
    let mut units = [0; 2];
    for c in to_json(data)?.chars() {
        match c {
            '\n' => visible.push('\n'),
            c if needs_escape(c) => {
                for unit in c.encode_utf16(&mut units) {
                    visible.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => visible.push(c),
        }
    }
    Ok(visible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visible_json_has_no_hostile_character_and_the_same_value() {
        let text = "a\u{202e}b\u{e0041}\u{1b}\n\"";
        let json = to_visible_json(&text).unwrap();
        assert!(!json.trim_end().contains(needs_escape), "{json:?}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
