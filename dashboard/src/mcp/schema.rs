//! The JSON schema of the arguments of a tool.

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// The schema of the arguments: one flat object without other members.
pub(super) fn of<A: JsonSchema>() -> JsonObject {
    let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<A>();
    let mut schema = match schema.to_value() {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    };
    // The name and the comment of a struct tell a client nothing.
    for name in ["$schema", "title", "description"] {
        schema.remove(name);
    }
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    for property in properties.as_object_mut().into_iter().flatten() {
        simplify(property.1);
    }
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema
}

/// Removes what some clients cannot read, and what tells a model nothing.
fn simplify(property: &mut Value) {
    let Some(property) = property.as_object_mut() else {
        return;
    };
    property.remove("format");
    // An optional argument is left out, so its type needs no `null`.
    if property.get("default").is_some_and(is_blank) {
        property.remove("default");
    }
    let kinds = property.get("type").and_then(Value::as_array);
    let kind = kinds.and_then(|kinds| kinds.iter().find(|kind| *kind != "null").cloned());
    if let Some(kind) = kind {
        property.insert("type".to_owned(), kind);
    }
    // The lines of a comment of the source.
    if let Some(Value::String(text)) = property.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}

fn is_blank(default: &Value) -> bool {
    match default {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}
