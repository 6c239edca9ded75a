//! Values of the user's, serialised at the time of the call.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::diagnostics::truncate::truncate;
use crate::diagnostics::{stats, Limits, Truncated};
use crate::user_code::catch::catch;

/// The value as it is now: changing the original later changes nothing.
///
/// One that cannot be serialised (its serialiser fails or panics) is dropped and counted. One past
/// the limit is kept as the head of its text.
pub(crate) fn to_bounded_json(value: &(impl Serialize + ?Sized)) -> Option<Json> {
    let mut text = Bounded(Vec::new());
    let write = || serde_json::to_writer(&mut text, value).is_ok();
    // A panic may have come after the limit: what was written until then is kept in neither case.
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
        return Some(Json::String(cut_text(&text)));
    }
    // What is nested past all reading (128 levels) is kept as text.
    Some(serde_json::from_str(&text).unwrap_or_else(|_| Json::String(text.into_owned())))
}

/// As [`to_bounded_json`]; what is no map becomes one with the value under `value`.
pub(crate) fn to_context(value: &(impl Serialize + ?Sized)) -> Option<Json> {
    Some(match to_bounded_json(value)? {
        map @ Json::Object(_) => map,
        other => Json::Object(Map::from_iter([("value".to_owned(), other)])),
    })
}

/// The head of a long text; a string keeps no opening quote.
fn cut_text(json: &str) -> String {
    let text = json.strip_prefix('"').unwrap_or(json);
    truncate(Truncated::Data, text, Limits::DATA_BYTES).into_owned()
}

/// Takes no more than will be kept: a value may be of any size.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // One more than the limit is enough for the cut to be made, and counted; two for the
        // quotes of a string that is just as long as allowed.
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
