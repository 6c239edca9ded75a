use std::mem;

use serde_json::Value as Json;

/// The memory that a JSON value holds, in bytes, approximately.
pub(crate) fn json_size(value: &Json) -> usize {
    let own = mem::size_of::<Json>();
    match value {
        Json::String(text) => own + text.len(),
        Json::Array(values) => own + values.iter().map(json_size).sum::<usize>(),
        Json::Object(map) => {
            let entries = map.iter();
            own + entries
                .map(|(key, value)| mem::size_of::<String>() + key.len() + json_size(value))
                .sum::<usize>()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => own,
    }
}
