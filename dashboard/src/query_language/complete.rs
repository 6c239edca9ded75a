//! What is being typed at the end of a search text.

use whose_store::SearchField;

use super::field::{FieldName, keyed_field, plain_field, split_key};
use super::lexer::{Body, RawValue, tokens};

/// What the last token of a text can become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Completion {
    /// A name of a field that begins with this text.
    Name {
        /// The first byte of the name.
        from: usize,
        prefix: String,
    },
    /// A key after `tag.`, `field.` or `@`.
    Key {
        /// The first byte of the name.
        from: usize,
        start: &'static str,
        prefix: String,
    },
    /// A value of a field.
    Value {
        /// The first byte of the value.
        from: usize,
        field: SearchField,
        prefix: String,
    },
    /// A time.
    Time {
        /// The first byte of the time.
        from: usize,
        prefix: String,
    },
}

/// What the end of a text can become; `None` in a phrase and after a value in quotes.
pub(crate) fn completion(text: &str) -> Option<Completion> {
    let end = text.len();
    let Some(last) = tokens(text).pop().filter(|token| token.at.end == end) else {
        return Some(Completion::Name {
            from: end,
            prefix: String::new(),
        });
    };
    match last.body {
        Body::Word(word) => {
            // A lone sign negates what is typed next.
            let word = word.trim_start_matches('-');
            let from = end - word.len();
            let keyed = split_key(word).map(|(start, key)| Completion::Key {
                from,
                start,
                prefix: key.to_owned(),
            });
            Some(keyed.unwrap_or(Completion::Name {
                from,
                prefix: word.to_owned(),
            }))
        }
        Body::Field {
            name,
            quoted_key,
            value_at,
            value,
            ..
        } => {
            let keyed = match &quoted_key {
                Some(key) => keyed_field(&name, key),
                None => split_key(&name).and_then(|(start, key)| keyed_field(start, key)),
            };
            let field = match keyed {
                Some(field) => FieldName::Value(field),
                None => plain_field(&name)?,
            };
            let (from, prefix) = (value_at.start, typed_value(value)?);
            Some(match field {
                FieldName::Value(field) => Completion::Value {
                    from,
                    field,
                    prefix,
                },
                FieldName::Since | FieldName::Until => Completion::Time { from, prefix },
            })
        }
        Body::Phrase { .. } | Body::BrokenKey => None,
    }
}

/// What was typed of a value; `None` if the value is complete.
fn typed_value(value: RawValue) -> Option<String> {
    match value {
        RawValue::Missing => Some(String::new()),
        RawValue::Bare(text) => Some(text),
        RawValue::Quoted {
            text, is_closed, ..
        } => (!is_closed).then_some(text),
    }
}
