//! The messages of a model call, where the application records them.

use std::collections::BTreeMap;

use serde_json::Value;
use whose::names::{WireName, gen_ai};
use whose_store::RecordRow;

/// A message to or from a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChatMessage {
    /// Who wrote the message: `system`, `user`, `assistant`, `tool`, or another word of the record.
    pub(crate) role: String,
    pub(crate) parts: Vec<ChatPart>,
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChatPart {
    Text(String),
    /// The model calls a tool.
    ToolCall {
        name: String,
        arguments: String,
    },
    /// What a tool returned.
    ToolResult(String),
}

/// The instructions, the messages to the model and those of the model, in this order; for the span of
/// a tool, its arguments and its result. Empty if the record has no content.
pub(crate) fn chat(record: &RecordRow) -> Vec<ChatMessage> {
    let mut messages = of_field(record, gen_ai::SYSTEM_INSTRUCTIONS, "system");
    messages.extend(of_field(record, gen_ai::INPUT_MESSAGES, "user"));
    if let Some(arguments) = field(record, gen_ai::TOOL_ARGUMENTS) {
        let name = field(record, gen_ai::TOOL).map_or_else(|| record.name.clone(), text);
        let arguments = text(arguments);
        messages.push(ChatMessage {
            role: "call".to_owned(),
            parts: vec![ChatPart::ToolCall { name, arguments }],
        });
    }
    if let Some(result) = field(record, gen_ai::TOOL_RESULT) {
        messages.push(ChatMessage {
            role: "tool".to_owned(),
            parts: vec![ChatPart::ToolResult(text(result))],
        });
    }
    messages.extend(of_field(record, gen_ai::OUTPUT_MESSAGES, "assistant"));
    messages.retain(|message| !message.parts.is_empty());
    messages
}

fn field(record: &RecordRow, name: WireName) -> Option<&Value> {
    name.spellings().find_map(|name| record.fields.get(name))
}

/// The messages of a field, whole or with a field of its own for each part
/// (`gen_ai.prompt.0.content`).
fn of_field(record: &RecordRow, name: WireName, role: &str) -> Vec<ChatMessage> {
    if let Some(value) = field(record, name) {
        return messages_of(value, role);
    }
    let flattened = name
        .spellings()
        .map(|name| of_flattened(record, name, role));
    let mut found = flattened.filter(|messages| !messages.is_empty());
    found.next().unwrap_or_default()
}

fn of_flattened(record: &RecordRow, name: &str, role: &str) -> Vec<ChatMessage> {
    let mut messages: BTreeMap<u32, ChatMessage> = BTreeMap::new();
    for (key, value) in &record.fields {
        let Some(rest) = key.strip_prefix(name) else {
            continue;
        };
        let rest = rest.trim_start_matches(['.', '[']);
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let Ok(index) = rest[..digits].parse() else {
            continue;
        };
        let message = messages.entry(index).or_default();
        let value = text(value);
        match rest[digits..].rsplit(['.', ']']).next() {
            Some("role") => message.role = value,
            Some("content" | "text") => message.parts.push(ChatPart::Text(value)),
            Some("name") => message.parts.push(ChatPart::ToolCall {
                name: value,
                arguments: String::new(),
            }),
            Some("arguments") => message.parts.push(ChatPart::ToolCall {
                name: String::new(),
                arguments: value,
            }),
            _ => {}
        }
    }
    let mut messages: Vec<_> = messages.into_values().collect();
    for message in &mut messages {
        if message.role.is_empty() {
            role.clone_into(&mut message.role);
        }
        join_calls(&mut message.parts);
    }
    messages
}

/// Joins the arguments of a call and its name, which are two fields, in the order of their names.
fn join_calls(parts: &mut Vec<ChatPart>) {
    let mut joined: Vec<ChatPart> = Vec::new();
    for part in parts.drain(..) {
        match (joined.last_mut(), part) {
            (
                Some(ChatPart::ToolCall { name, .. }),
                ChatPart::ToolCall {
                    name: second,
                    arguments,
                },
            ) if name.is_empty() && arguments.is_empty() => *name = second,
            (_, part) => joined.push(part),
        }
    }
    *parts = joined;
}

/// The messages in a value: a list, one message, or a text that may be JSON.
fn messages_of(value: &Value, role: &str) -> Vec<ChatMessage> {
    match value {
        Value::String(json) => match serde_json::from_str::<Value>(json) {
            Ok(value @ (Value::Array(_) | Value::Object(_))) => messages_of(&value, role),
            _ => vec![message(role, vec![ChatPart::Text(json.clone())])],
        },
        // A list of parts without roles is one message.
        Value::Array(items)
            if items
                .iter()
                .all(|item| item["type"].is_string() && item["role"].is_null()) =>
        {
            vec![message(role, items.iter().map(part).collect())]
        }
        Value::Array(items) => items
            .iter()
            .flat_map(|item| messages_of(item, role))
            .collect(),
        Value::Object(object) => match (object.get("messages"), object.get("message")) {
            (Some(inner @ Value::Array(_)), _) | (_, Some(inner @ Value::Object(_))) => {
                messages_of(inner, role)
            }
            _ => vec![of_object(value, role)],
        },
        value => vec![message(role, vec![ChatPart::Text(text(value))])],
    }
}

fn message(role: &str, parts: Vec<ChatPart>) -> ChatMessage {
    ChatMessage {
        role: role.to_owned(),
        parts,
    }
}

fn of_object(value: &Value, role: &str) -> ChatMessage {
    let role = value["role"].as_str().unwrap_or(role);
    let mut parts = Vec::new();
    for content in [&value["parts"], &value["content"]] {
        match content {
            Value::Null => {}
            Value::Array(items) => parts.extend(items.iter().map(part)),
            content if role == "tool" => parts.push(ChatPart::ToolResult(text(content))),
            content => parts.push(ChatPart::Text(text(content))),
        }
    }
    if let Some(calls) = value["tool_calls"].as_array() {
        parts.extend(calls.iter().map(|call| match &call["function"] {
            Value::Null => tool_call(call),
            function => tool_call(function),
        }));
    }
    if parts.is_empty() {
        parts.push(ChatPart::Text(text(value)));
    }
    message(role, parts)
}

/// A part of a message, in the forms of OpenTelemetry, OpenAI and Anthropic.
fn part(value: &Value) -> ChatPart {
    let first = |names: &[&str]| {
        let mut values = names.iter().map(|name| &value[*name]);
        values.find(|value| !value.is_null())
    };
    match value["type"].as_str() {
        Some("tool_call" | "tool_use" | "function_call") => tool_call(value),
        Some("tool_call_response" | "tool_result" | "function_call_output") => {
            let result = first(&["response", "result", "content", "output"]);
            ChatPart::ToolResult(text(result.unwrap_or(value)))
        }
        _ => ChatPart::Text(text(
            first(&["content", "text", "thinking"]).unwrap_or(value),
        )),
    }
}

fn tool_call(value: &Value) -> ChatPart {
    let arguments = [&value["arguments"], &value["input"]];
    let mut arguments = arguments.into_iter().filter(|value| !value.is_null());
    ChatPart::ToolCall {
        name: value["name"].as_str().unwrap_or_default().to_owned(),
        arguments: arguments.next().map(text).unwrap_or_default(),
    }
}

/// A text as it is, and another value as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(name: &str, arguments: &str) -> ChatPart {
        ChatPart::ToolCall {
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        }
    }

    fn said(text: &str) -> ChatPart {
        ChatPart::Text(text.to_owned())
    }

    #[test]
    fn messages_of_each_convention_are_read() {
        let opentelemetry = json!([
            {"role": "user", "parts": [{"type": "text", "content": "hello"}]},
            {"role": "assistant", "parts": [
                {"type": "tool_call", "id": "1", "name": "search", "arguments": {"q": 1}}]},
            {"role": "tool", "parts": [
                {"type": "tool_call_response", "id": "1", "response": "found"}]},
        ]);
        let openai = json!([
            {"role": "user", "content": "hello"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"type": "function", "function": {"name": "search", "arguments": "{\"q\":1}"}}]},
            {"role": "tool", "content": "found"},
        ]);
        let anthropic = json!({"messages": [
            {"role": "user", "content": [{"type": "text", "text": "hello"}]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "name": "search", "input": {"q": 1}}]},
            {"role": "tool", "content": [{"type": "tool_result", "content": "found"}]},
        ]});
        for value in [opentelemetry, openai, anthropic] {
            let messages = messages_of(&Value::String(value.to_string()), "user");
            let expected = [
                message("user", vec![said("hello")]),
                message("assistant", vec![call("search", "{\"q\":1}")]),
                message("tool", vec![ChatPart::ToolResult("found".to_owned())]),
            ];
            assert_eq!(messages, expected, "{value}");
            assert_eq!(messages_of(&value, "user"), expected, "{value}");
        }
    }

    #[test]
    fn other_texts_are_one_message() {
        for text in ["hello", "{", "[1", "12", "\"x\"", ""] {
            let messages = messages_of(&Value::String(text.to_owned()), "user");
            assert_eq!(messages, [message("user", vec![said(text)])]);
        }
        let odd = messages_of(&json!([{"a": 1}, 2]), "user");
        assert_eq!(odd.len(), 2);
        assert_eq!(odd[0].parts, [said("{\"a\":1}")]);
        let parts = json!([{"type": "text", "content": "be brief"}]);
        assert_eq!(messages_of(&parts, "system").len(), 1);
    }

    #[test]
    fn arguments_and_name_of_a_call_are_joined() {
        let mut parts = vec![
            said("x"),
            call("", "{}"),
            call("search", ""),
            call("", "{}"),
        ];
        join_calls(&mut parts);
        assert_eq!(parts, [said("x"), call("search", "{}"), call("", "{}")]);
    }
}
