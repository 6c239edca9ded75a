//! Secrets and personal data in free text.

mod card;
mod email;
mod secret;
mod text;

use std::borrow::Cow;
use std::sync::Arc;

use self::text::{Found, Text};
use super::Pattern;
use crate::record::Record;
use crate::value::Value;

/// Finds secrets and personal data in free text, by their shape; opt in by
/// [`Policy::with_scrubber`](super::Policy::with_scrubber).
///
/// | found | becomes |
/// |---|---|
/// | an email address | `[email]` |
/// | what stands behind `Bearer` | `[token]` |
/// | 13 to 19 digits with a valid Luhn sum, also with spaces or dashes in between | `[card]` |
/// | keys of known shapes: `sk-…`, `ghp_…`, `AKIA…`, `xoxb-…`, `AIza…` and their like, and JSON web tokens | `[key]` |
///
/// Free text is what was said in words: the message of an event, error or breadcrumb, the causes of an error,
/// and the fields `input`, `input.*`, `output`, `output.*`, `error`, `exception.message`, and those
/// of `gen_ai.*` that hold prompts and answers. Nothing else is searched: not the user and the
/// session, whose ids may well look like something, not the ids of traces and spans, not tags, not
/// the names of anything.
///
/// A shape is a guess: what has none (a name, an address) is not found, and an order number may
/// happen to be a valid card number. Rules of a [`Policy`](super::Policy) are no guesses.
///
/// ```
/// use whose::{Policy, Scrubber};
///
/// let policy = Policy::new().with_scrubber(Scrubber::default().with_field("notes"));
/// # let _ = policy;
/// let text = Scrubber::default().scrub("mail a@example.com, card 4111 1111 1111 1111");
/// assert_eq!(text, "mail [email], card [card]");
/// ```
#[derive(Clone, Debug)]
pub struct Scrubber {
    fields: Vec<Pattern>,
}

/// The fields that hold free text by their names; the `gen_ai.*` ones by OpenTelemetry's semantic
/// conventions for generative AI, older names included.
const FREE_TEXT: [&str; 13] = [
    "input",
    "input.*",
    "output",
    "output.*",
    "error",
    "exception.message",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt*",
    "gen_ai.completion*",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
];

impl Default for Scrubber {
    fn default() -> Self {
        Self {
            fields: FREE_TEXT.map(Pattern::new).to_vec(),
        }
    }
}

impl Scrubber {
    /// Also searches the fields of that name; `*` stands for any run of characters.
    #[must_use]
    pub fn with_field(mut self, names: impl AsRef<str>) -> Self {
        self.fields.push(Pattern::new(names.as_ref()));
        self
    }

    /// The text without what was found in it, in time linear to its length.
    #[must_use]
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let body = Text::new(text);
        let mut scrubbed = String::new();
        // Until where the text is searched, and until where it is copied.
        let (mut at, mut copied) = (0, 0);
        while let Some(byte) = body.byte(at) {
            let found = match byte {
                _ if body.is_uuid(at) => Found::Nothing { until: at + 36 },
                b'@' | b'%' => email::at(body, at, copied),
                b'0'..=b'9' => card::at(body, at),
                _ => secret::at(body, at),
            };
            match found {
                Found::Nothing { until } => at = until,
                Found::Secret { start, end, mark } => {
                    scrubbed.push_str(&text[copied..start]);
                    scrubbed.push_str(mark);
                    (at, copied) = (end, end);
                }
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        scrubbed.push_str(&text[copied..]);
        Cow::Owned(scrubbed)
    }

    pub(super) fn apply(&self, record: &mut Record) {
        self.scrub_in_place(record.message.as_mut());
        let causes = record.error.iter_mut().flat_map(|error| &mut error.causes);
        self.scrub_in_place(causes);
        for crumb in &mut record.breadcrumbs {
            if let Cow::Owned(scrubbed) = self.scrub(crumb.message()) {
                Arc::make_mut(crumb).set_message(&scrubbed);
            }
        }
        for (name, value) in &mut record.fields {
            if self.fields.iter().any(|names| names.matches(name, "")) {
                self.scrub_value(value);
            }
        }
    }

    fn scrub_in_place<'a>(&self, texts: impl IntoIterator<Item = &'a mut Box<str>>) {
        for text in texts {
            if let Cow::Owned(scrubbed) = self.scrub(text) {
                *text = scrubbed.into();
            }
        }
    }

    /// A number can be the number of a card too.
    fn scrub_value(&self, value: &mut Value) {
        match value {
            Value::Str(text) => self.scrub_in_place([text]),
            Value::Int(_) | Value::UInt(_) => {
                if let Cow::Owned(scrubbed) = self.scrub(&value.to_string()) {
                    *value = scrubbed.into();
                }
            }
            Value::Bool(_) | Value::Float(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
