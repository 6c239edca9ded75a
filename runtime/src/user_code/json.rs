//! Serialises values of the application at the time of the call.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::diagnostics::truncate::truncate;
use crate::diagnostics::{stats, Limits, Truncated};
use crate::user_code::catch::catch;

/// Serialises the current state of the value, so that later changes have no effect.
///
/// A value whose serialiser fails or panics is dropped and counted. A value past the limit becomes
/// the beginning of its JSON, as a text.
pub(crate) fn to_bounded_json(value: &(impl Serialize + ?Sized)) -> Option<Json> {
    let mut text = Bounded(Vec::new());
    let write = || serde_json::to_writer(&mut text, value).is_ok();
    // A panic may come after the limit was reached. The partial text is dropped in both cases.
    let Some(is_whole) = catch(write) else {
        stats::failed_value();
        return None;
    };
    let text = String::from_utf8_lossy(&text.0);
    if !is_whole && text.len() <= Limits::DATA_BYTES {
        stats::failed_value();
        return None;
    }
    if text.len() > Limits::DATA_BYTES {
        return Some(Json::String(truncated_text(&text)));
    }
    // A value with more than 128 levels of nesting cannot be read back, so it is kept as a text.
    Some(serde_json::from_str(&text).unwrap_or_else(|_| Json::String(text.into_owned())))
}

/// As [`to_bounded_json`], for a context. A value other than a map becomes a map with the key
/// `value`.
pub(crate) fn to_context(value: &(impl Serialize + ?Sized)) -> Option<Json> {
    Some(match to_bounded_json(value)? {
        map @ Json::Object(_) => map,
        other => Json::Object(Map::from_iter([("value".to_owned(), other)])),
    })
}

/// The beginning of a long JSON text. A string loses its opening quote.
fn truncated_text(json: &str) -> String {
    let text = json.strip_prefix('"').unwrap_or(json);
    truncate(Truncated::Data, text, Limits::DATA_BYTES).into_owned()
}

/// Accepts no more bytes than are kept, because a value may have any size.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // One byte past the limit makes the truncation visible and counted. Two more hold the
        // quotes of a string of exactly the maximum length.
        let room = (Limits::DATA_BYTES + 3).saturating_sub(self.0.len());
        if room == 0 {
            return Err(io::Error::other("past the limit"));
        }
        let taken = bytes.len().min(room);
        self.0.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{ser::Error as _, Serializer};
    use serde_json::json;

    struct With(fn() -> bool);

    impl Serialize for With {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if (self.0)() {
                return Err(S::Error::custom("no"));
            }
            serializer.serialize_u8(1)
        }
    }

    #[test]
    fn failing_serialiser_loses_only_its_value() {
        assert_eq!(to_bounded_json(&With(|| false)), Some(json!(1)));
        assert_eq!(to_bounded_json(&With(|| true)), None);
        assert_eq!(to_bounded_json(&With(|| panic!("on purpose"))), None);
        assert_eq!(to_bounded_json(&vec![With(|| false), With(|| true)]), None);
    }

    #[test]
    fn long_value_keeps_its_head() {
        let long = "é".repeat(5_000);
        let Some(Json::String(kept)) = to_bounded_json(&long) else {
            panic!("a string")
        };
        assert!(kept.len() <= Limits::DATA_BYTES && kept.starts_with("éé") && kept.ends_with('…'));
        let Some(Json::String(kept)) = to_bounded_json(&vec![1; 10_000]) else {
            panic!("the head of a list")
        };
        assert!(kept.starts_with("[1,1,") && kept.ends_with('…'));
        let fits = "x".repeat(Limits::DATA_BYTES - 2);
        assert_eq!(to_bounded_json(&fits), Some(Json::String(fits)));
    }

    #[test]
    fn too_deeply_nested_value_is_kept_as_text() {
        let mut deep = json!(1);
        for _ in 0..1_000 {
            deep = json!({ "a": deep });
        }
        let Some(Json::String(kept)) = to_bounded_json(&deep) else {
            panic!("a text")
        };
        assert!(kept.starts_with(r#"{"a":{"a":"#));
    }

    #[test]
    fn context_is_a_map() {
        assert_eq!(to_context(&json!({"a": 1})), Some(json!({"a": 1})));
        assert_eq!(to_context("text"), Some(json!({"value": "text"})));
        assert_eq!(to_bounded_json(&f64::NAN), Some(Json::Null));
    }
}
