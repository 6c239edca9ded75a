//! JSON text, serialized without an intermediate tree.

use serde::Serialize;
use serde_json::json;
use whose::Record;

/// A JSON object of the entries; `None` if there are none.
pub(crate) fn object<'a, V: Serialize>(
    entries: impl Iterator<Item = (&'a str, V)>,
) -> Option<String> {
    let mut text = Vec::new();
    write_object(&mut text, entries);
    if text.is_empty() {
        return None;
    }
    String::from_utf8(text).ok()
}

/// Appends a JSON object of the entries to `text`; appends nothing if there are none.
pub(crate) fn write_object<'a, V: Serialize>(
    text: &mut Vec<u8>,
    entries: impl Iterator<Item = (&'a str, V)>,
) {
    let start = text.len();
    for (key, value) in entries {
        text.push(if text.len() == start { b'{' } else { b',' });
        // Writing to memory cannot fail, and every value of a record is valid JSON.
        let _ = serde_json::to_writer(&mut *text, key);
        text.push(b':');
        let _ = serde_json::to_writer(&mut *text, &value);
    }
    if text.len() > start {
        text.push(b'}');
    }
}

/// A JSON array of the values; `None` if there are none.
pub(crate) fn array<V: Serialize>(values: impl Iterator<Item = V>) -> Option<String> {
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| serde_json::to_string(&values).unwrap_or_default())
}

/// The chain of actors of a record, innermost first, as objects with `id` and `kind`; `None` if the
/// user acted.
pub(crate) fn actors(record: &Record) -> Option<String> {
    array(
        record
            .actors()
            .map(|actor| json!({ "id": actor.id(), "kind": actor.kind().as_str() })),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use whose::Value;

    #[test]
    fn values_keep_type_and_texts_are_escaped() {
        let values = [
            ("a", Value::from(true)),
            ("b", Value::from(-1_i64)),
            ("c", Value::from(u64::MAX)),
            ("d", Value::from(0.5)),
            ("e", Value::from("\"\n\u{7f}")),
            ("f", Value::from(f64::NAN)),
        ];
        let json = object(values.iter().map(|(key, value)| (*key, value))).unwrap();
        let expected = r#"{"a":true,"b":-1,"c":18446744073709551615,"d":0.5,"e":"\"\n"#;
        assert_eq!(json, format!("{expected}\u{7f}\",\"f\":\"NaN\"}}"));
    }

    #[test]
    fn empty_input_writes_nothing() {
        assert_eq!(object::<Value>(std::iter::empty()), None);
        assert_eq!(array::<&str>(std::iter::empty()), None);
        assert_eq!(array(["a"].into_iter()).as_deref(), Some(r#"["a"]"#));
    }
}
