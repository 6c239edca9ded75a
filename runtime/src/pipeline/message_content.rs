//! The content of messages: prompts, answers, and arguments and results of tools.

use std::env;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::names::gen_ai;
use crate::record::{Record, RecordType};

/// Which records keep the content of messages to and from models: prompts, answers, system
/// instructions, and the arguments and results of tools.
///
/// The default is [`None`](Self::None), or what the environment variable
/// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says at the start: `NO_CONTENT`, `SPAN_ONLY`,
/// `EVENT_ONLY` or `SPAN_AND_EVENT` (also `true`). The counts of tokens are kept in any case. The
/// fields that count as content are [`names::gen_ai::CONTENT`](crate::names::gen_ai::CONTENT).
///
/// ```
/// use whose::MessageContent;
///
/// let layer = whose::layer().with_message_content(MessageContent::Spans);
/// # drop(layer);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageContent {
    /// No record keeps content.
    #[default]
    None,
    /// Spans keep content.
    Spans,
    /// Events keep content.
    Events,
    /// Spans and events keep content.
    SpansAndEvents,
}

impl MessageContent {
    /// The environment variable of OpenTelemetry's conventions.
    const VARIABLE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
    const ALL: [Self; 4] = [Self::None, Self::Spans, Self::Events, Self::SpansAndEvents];

    /// The setting of the environment. An unknown value keeps no content.
    fn of_environment() -> Self {
        env::var(Self::VARIABLE).map_or(Self::None, |value| Self::of_value(&value))
    }

    fn of_value(value: &str) -> Self {
        match value.trim().to_ascii_uppercase().as_str() {
            "SPAN_ONLY" => Self::Spans,
            "EVENT_ONLY" => Self::Events,
            "SPAN_AND_EVENT" | "TRUE" => Self::SpansAndEvents,
            _ => Self::None,
        }
    }

    fn keeps(self, record_type: RecordType) -> bool {
        match record_type {
            RecordType::Span => matches!(self, Self::Spans | Self::SpansAndEvents),
            _ => matches!(self, Self::Events | Self::SpansAndEvents),
        }
    }
}

/// The setting of one pipeline.
pub(crate) struct ContentFilter(AtomicU8);

impl Default for ContentFilter {
    fn default() -> Self {
        Self(AtomicU8::new(MessageContent::of_environment() as u8))
    }
}

impl ContentFilter {
    pub(crate) fn set(&self, content: MessageContent) {
        self.0.store(content as u8, Ordering::Relaxed);
    }

    /// Whether a record has content that is not kept.
    #[inline]
    pub(crate) fn removes_from(&self, record: &Record) -> bool {
        record
            .fields
            .iter()
            .any(|(name, _)| gen_ai::is_content(name))
            && !self.keeps(record)
    }

    fn keeps(&self, record: &Record) -> bool {
        let setting = usize::from(self.0.load(Ordering::Relaxed));
        let setting = MessageContent::ALL
            .get(setting)
            .copied()
            .unwrap_or_default();
        setting.keeps(record.record_type)
    }

    /// Removes the content from the fields.
    #[cold]
    pub(crate) fn remove(record: &mut Record) {
        record.fields.retain(|(name, _)| !gen_ai::is_content(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_of_the_variable_chooses_the_records() {
        for (value, expected) in [
            ("NO_CONTENT", MessageContent::None),
            ("span_only", MessageContent::Spans),
            (" EVENT_ONLY ", MessageContent::Events),
            ("SPAN_AND_EVENT", MessageContent::SpansAndEvents),
            ("true", MessageContent::SpansAndEvents),
            ("", MessageContent::None),
            ("1", MessageContent::None),
            ("yes, all", MessageContent::None),
        ] {
            assert_eq!(MessageContent::of_value(value), expected, "{value:?}");
        }
    }

    #[test]
    fn settings_are_numbered_in_order() {
        for (number, setting) in MessageContent::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(setting as u8), number);
        }
    }
}
