//! The arguments of a call as the parameters of a view.

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::url_query::UrlQuery;

/// The arguments of a tool: the members of the struct are the parameters of the view.
pub(super) trait Arguments: DeserializeOwned + Serialize + JsonSchema + 'static {}

impl<A: DeserializeOwned + Serialize + JsonSchema + 'static> Arguments for A {}

/// Reads the arguments. The members of an object are parameters of their own.
pub(super) fn read<A: Arguments>(arguments: JsonObject) -> Result<UrlQuery, String> {
    let read: A = serde_json::from_value(Value::Object(arguments)).map_err(|e| e.to_string())?;
    let written = serde_json::to_value(read).map_err(|e| e.to_string())?;
    let mut query = UrlQuery::default();
    add_members(&mut query, &written);
    Ok(query)
}

fn add_members(query: &mut UrlQuery, value: &Value) {
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::String(text) => *query = query.with(name, text),
            Value::Array(values) => {
                let texts: Vec<_> = values.iter().filter_map(Value::as_str).collect();
                *query = query.with(name, texts.join(","));
            }
            Value::Object(_) => add_members(query, value),
            Value::Bool(_) | Value::Number(_) => *query = query.with(name, value.to_string()),
        }
    }
}
