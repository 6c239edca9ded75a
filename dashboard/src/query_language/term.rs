//! The terms of a search, all of which a record fulfils.

use std::fmt;

use whose_store::{SearchField, ValueTest};

use super::field::{FIELDS, FieldName, keyed_text};
use super::quote::quote_value;
use super::value::write_test;

/// One term of a search.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    pub(crate) is_negated: bool,
    pub(crate) kind: TermKind,
}

/// What a term demands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TermKind {
    /// A word, whose `*` at the end matches any suffix.
    Word(String),
    /// Adjacent words.
    Phrase(String),
    /// A value of the record.
    Field(SearchField, ValueTest),
    /// The start of the time range, as it was written.
    Since(String),
    /// The end of the time range.
    Until(String),
}

impl Term {
    /// A condition on a value.
    pub(crate) fn is(field: SearchField, value: impl Into<String>) -> Self {
        Self {
            is_negated: false,
            kind: TermKind::Field(field, ValueTest::Is(value.into())),
        }
    }
}

/// Prints a term that parses as the same term.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negated {
            f.write_str("-")?;
        }
        match &self.kind {
            TermKind::Word(word) => f.write_str(word),
            TermKind::Phrase(phrase) => write!(f, "\"{phrase}\""),
            TermKind::Field(field, test) => {
                let mut text = field_text(field);
                text.push(':');
                write_test(&mut text, field, test);
                f.write_str(&text)
            }
            TermKind::Since(time) => write!(f, "since:{}", quote_value(time)),
            TermKind::Until(time) => write!(f, "until:{}", quote_value(time)),
        }
    }
}

/// The name of a field, with its key.
fn field_text(field: &SearchField) -> String {
    match field {
        SearchField::Tag(key) => keyed_text("tag.", key),
        SearchField::Field(key) => keyed_text("field.", key),
        SearchField::UserAttribute(key) => keyed_text("@", key),
        field => {
            let is_same = |named: &FieldName| *named == FieldName::Value(field.clone());
            let mut named = FIELDS.iter();
            let found = named.find(|named| is_same(&named.field));
            found.map_or("", |named| named.name).to_owned()
        }
    }
}
