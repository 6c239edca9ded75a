//! The messages of a model call as a chat.

use maud::{Markup, html};
use whose_store::RecordRow;

use crate::record_text::{ChatMessage, ChatPart, chat as messages_of};
use crate::values::{escape, escape_lines};

/// The characters of a text after which the rest is folded.
const FOLD: usize = 600;

/// The messages of the record, where the application records them.
pub(in crate::pages) fn chat(record: &RecordRow) -> Markup {
    let messages = messages_of(record);
    html! {
        @if !messages.is_empty() {
            div.chat {
                @for message in &messages {
                    div.message.(side(message)) {
                        span.role { (escape(&message.role)) }
                        @for part in &message.parts { (part_of(part)) }
                    }
                }
            }
        }
    }
}

/// The class that places a message. The role of a record is any text, so it is no class.
fn side(message: &ChatMessage) -> &'static str {
    match message.role.as_str() {
        "user" | "human" => "from-user",
        "assistant" | "model" | "ai" => "from-model",
        "tool" | "call" | "function" => "from-tool",
        _ => "from-system",
    }
}

fn part_of(part: &ChatPart) -> Markup {
    match part {
        ChatPart::Text(text) => folded(text),
        ChatPart::ToolCall { name, arguments } => html! {
            div.tool-call {
                "calls " strong { (escape(name)) }
                @if !arguments.is_empty() { (folded(arguments)) }
            }
        },
        ChatPart::ToolResult(text) => html! { div.tool-result { "returns " (folded(text)) } },
    }
}

/// A text, the rest of which opens where the text is long.
fn folded(text: &str) -> Markup {
    let text = escape_lines(text);
    match text.char_indices().nth(FOLD) {
        Some((end, _)) => html! {
            details.long {
                summary { span.text { (text[..end]) "…" } " " span.more { "Show all" } }
                span.text { (text[end..]) }
            }
        },
        None => html! { span.text { (text) } },
    }
}
