//! Values as JSON text, written without a tree in between.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// An object of these entries; `None` if there are none.
pub(crate) fn object<'a, V: Serialize>(
    entries: impl Iterator<Item = (&'a str, V)>,
) -> Option<String> {
    let mut entries = entries.peekable();
    entries.peek()?;
    let mut text = Vec::with_capacity(64);
    let mut serializer = serde_json::Serializer::new(&mut text);
    let mut map = serializer.serialize_map(None).ok()?;
    for (key, value) in entries {
        map.serialize_entry(key, &value).ok()?;
    }
    map.end().ok()?;
    String::from_utf8(text).ok()
}

/// An array of these values; `None` if there are none.
pub(crate) fn array<V: Serialize>(values: impl Iterator<Item = V>) -> Option<String> {
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| serde_json::to_string(&values).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use whose::Value;

    #[test]
    fn values_keep_their_type_and_texts_are_escaped() {
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
    fn nothing_is_written_as_nothing() {
        assert_eq!(object::<Value>(std::iter::empty()), None);
        assert_eq!(array::<&str>(std::iter::empty()), None);
        assert_eq!(array(["a"].into_iter()).as_deref(), Some(r#"["a"]"#));
    }
}
