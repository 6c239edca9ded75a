//! Checking arguments against their schema, with messages that a model can act on.

use rmcp::model::JsonObject;
use serde_json::Value;

use crate::values::visible;

/// Checks the names, the types and the values of the arguments.
pub(super) fn check(schema: &JsonObject, arguments: &JsonObject) -> Result<(), String> {
    let none = JsonObject::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    let properties = properties.unwrap_or(&none);
    for (name, value) in arguments {
        let Some(property) = properties.get(name) else {
            let names: Vec<_> = properties.keys().map(|name| format!("`{name}`")).collect();
            let names = names.join(", ");
            return Err(format!(
                "there is no argument {name:?}: the arguments are {names}"
            ));
        };
        if let Some(expected) = mistake(property, value) {
            let value = value.to_string();
            return Err(format!(
                "`{name}`: expected {expected}, and not {}",
                visible(&value)
            ));
        }
    }
    let required = schema.get("required").and_then(Value::as_array);
    let mut required = required.into_iter().flatten().filter_map(Value::as_str);
    match required.find(|name| !arguments.contains_key(*name)) {
        Some(name) => Err(format!("the argument `{name}` is missing")),
        None => Ok(()),
    }
}

/// What is expected in place of the value; `None` if the value fits.
fn mistake(property: &Value, value: &Value) -> Option<String> {
    let fits = match property["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    if !fits {
        let kind = property["type"].as_str().unwrap_or_default();
        let article = if kind == "string" { "a" } else { "an" };
        return Some(format!("{article} {kind}"));
    }
    if let Some(values) = value.as_array() {
        return values
            .iter()
            .find_map(|value| mistake(&property["items"], value));
    }
    if let Some(choices) = property["enum"].as_array().filter(|it| !it.contains(value)) {
        let choices: Vec<_> = choices.iter().map(Value::to_string).collect();
        return Some(choices.join(" or "));
    }
    let is_past = |end: &str, is_past: fn(i64, i64) -> bool| {
        let past = |end| value.as_i64().is_none_or(|number| is_past(number, end));
        value.is_number() && property[end].as_i64().is_some_and(past)
    };
    let is_outside = is_past("minimum", |number, least| number < least)
        || is_past("maximum", |number, most| number > most);
    is_outside.then(|| match &property["maximum"] {
        Value::Null => format!("at least {}", property["minimum"]),
        most => format!("a number from {} to {most}", property["minimum"]),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(arguments: Value) -> String {
        let schema = json!({
            "properties": {
                "id": { "type": "string" },
                "limit": { "type": "integer", "minimum": 1, "maximum": 9 },
                "near": { "type": "integer", "minimum": 1 },
                "order": { "type": "string", "enum": ["newest", "oldest"] },
                "show": { "type": "array", "items": { "type": "string", "enum": ["span"] } },
                "only": { "type": "object" },
            },
            "required": ["id"],
        });
        let check = check(schema.as_object().unwrap(), arguments.as_object().unwrap());
        check.err().unwrap_or_default()
    }

    #[test]
    fn mistake_names_its_argument_and_what_is_expected() {
        for (arguments, expected) in [
            (json!({}), "the argument `id` is missing"),
            (json!({ "id": 7 }), "`id`: expected a string, and not 7"),
            (
                json!({ "id": "a", "limit": "9" }),
                "`limit`: expected an integer, and not \"9\"",
            ),
            (
                json!({ "id": "a", "limit": 10 }),
                "`limit`: expected a number from 1 to 9, and not 10",
            ),
            (
                json!({ "id": "a", "limit": u64::MAX }),
                "`limit`: expected a number from 1 to 9, and not 18446744073709551615",
            ),
            (
                json!({ "id": "a", "near": 0 }),
                "`near`: expected at least 1, and not 0",
            ),
            (
                json!({ "id": "a", "order": "\u{202e}" }),
                "`order`: expected \"newest\" or \"oldest\", and not \"\\u{202e}\"",
            ),
            (
                json!({ "id": "a", "show": ["span", "log"] }),
                "`show`: expected \"span\", and not [\"span\",\"log\"]",
            ),
            (
                json!({ "id": "a", "show": "span" }),
                "`show`: expected an array, and not \"span\"",
            ),
            (
                json!({ "id": "a", "only": [] }),
                "`only`: expected an object, and not []",
            ),
        ] {
            assert_eq!(error(arguments), expected);
        }
        let unknown = error(json!({ "user\u{1b}": "a" }));
        assert!(
            unknown.starts_with(
                "there is no argument \"user\\u{1b}\": the arguments are `id`, `limit`"
            ),
            "{unknown}"
        );
        let all = json!({ "id": "a", "limit": 9, "near": 4, "order": "oldest", "show": ["span"] });
        assert_eq!(error(all), "");
    }
}
