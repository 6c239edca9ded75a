//! Parsing a search text.

use std::ops::Range;

use whose_store::{
    Identity, Queries, SearchCondition, SearchField, SearchFilter, StoreError, ValueTest,
};

use super::field::{FieldName, keyed_field, plain_field, split_key};
use super::lexer::{Body, RawValue, Token, tokens};
use super::nearest::accepted_names;
use super::syntax_error::SyntaxError;
use super::term::{Term, TermKind};
use super::value::{bare_test, text_test};
use crate::values::parse_time;

/// A search text that was parsed: its terms, and the parts that mean nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SearchText {
    pub(crate) terms: Vec<Term>,
    pub(crate) errors: Vec<SyntaxError>,
}

impl SearchText {
    /// Parses a text. Every text has a meaning, or an error at the part that has none.
    pub(crate) fn parse(text: &str) -> Self {
        let mut parsed = Self::default();
        for token in tokens(text) {
            match term(token) {
                Ok(term) => parsed.terms.push(term),
                Err(error) => parsed.errors.push(error),
            }
        }
        parsed
    }

    /// The words and phrases that are not negated, without their quotes and signs.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match &term.kind {
            TermKind::Word(text) | TermKind::Phrase(text) if !term.is_negated => Some(&**text),
            _ => None,
        })
    }

    /// The ids of the users that the search is limited to, but those that the store does not know.
    pub(crate) fn known_users(&self, store: &dyn Queries) -> Result<Vec<String>, StoreError> {
        let ids = self.terms.iter().filter_map(|term| match &term.kind {
            TermKind::Field(SearchField::User, ValueTest::Is(id)) if !term.is_negated => Some(id),
            _ => None,
        });
        let mut known = Vec::new();
        for id in ids {
            let found = store.find_identity(id)?;
            let is_user = |it: &Identity| {
                matches!(
                    it,
                    Identity::User {
                        by_email: false,
                        ..
                    }
                )
            };
            if found.iter().any(is_user) {
                known.push(id.clone());
            }
        }
        Ok(known)
    }

    /// Whether every term is a word or a phrase.
    #[cfg(feature = "command-line")]
    pub(crate) fn is_words(&self) -> bool {
        let mut terms = self.terms.iter();
        terms.all(|term| {
            !term.is_negated && matches!(term.kind, TermKind::Word(_) | TermKind::Phrase(_))
        })
    }

    /// The filter of the store. A time range that counts back from now is resolved at this moment.
    pub(crate) fn filter(&self) -> SearchFilter {
        self.terms.iter().fold(SearchFilter::all(), add_term)
    }
}

fn add_term(filter: SearchFilter, term: &Term) -> SearchFilter {
    let condition = match &term.kind {
        TermKind::Word(word) => SearchCondition::words(word),
        TermKind::Phrase(phrase) => SearchCondition::words(format!("\"{phrase}\"")),
        TermKind::Field(field, test) => SearchCondition::field(field.clone(), test.clone()),
        TermKind::Since(time) => {
            return match parse_time(time) {
                Ok(time) => filter.since(time),
                Err(_) => filter,
            };
        }
        TermKind::Until(time) => {
            return match parse_time(time) {
                Ok(time) => filter.until(time),
                Err(_) => filter,
            };
        }
    };
    filter.with(match term.is_negated {
        true => condition.negated(),
        false => condition,
    })
}

fn term(token: Token) -> Result<Term, SyntaxError> {
    let Token {
        at,
        is_negated,
        body,
    } = token;
    let kind = match body {
        Body::Word(word) => TermKind::Word(word),
        Body::Phrase { text } => TermKind::Phrase(text),
        Body::BrokenKey => {
            let message =
                "a key in quotes ends with a quote, a colon and a value: `@\"a key\":value`";
            return Err(SyntaxError::new(at, message));
        }
        Body::Field {
            name_at,
            name,
            quoted_key,
            value_at,
            value,
        } => {
            let field = field(&name, quoted_key.as_deref(), name_at)?;
            let value_at = match value_at.is_empty() {
                true => at.clone(),
                false => value_at,
            };
            field_term(field, &value, value_at)?
        }
    };
    if is_negated && matches!(kind, TermKind::Since(_) | TermKind::Until(_)) {
        let message = "a time has no `-`: `since` is the opposite of `until`";
        return Err(SyntaxError::new(at, message));
    }
    Ok(Term { is_negated, kind })
}

fn field(name: &str, quoted_key: Option<&str>, at: Range<usize>) -> Result<FieldName, SyntaxError> {
    let keyed = match quoted_key {
        Some(key) => Some((name, key)),
        None => split_key(name),
    };
    if let Some((start, "")) = keyed.filter(|_| quoted_key.is_none()) {
        let message = format!("the key is missing: `{start}KEY:value`");
        return Err(SyntaxError::new(at, message));
    }
    let field = match keyed {
        Some((start, key)) => keyed_field(start, key).map(FieldName::Value),
        None => plain_field(name),
    };
    field.ok_or_else(|| {
        let message = format!(
            "there is no such field: {} A text with a colon needs quotes",
            accepted_names(name)
        );
        SyntaxError::new(at, message)
    })
}

fn field_term(
    field: FieldName,
    value: &RawValue,
    at: Range<usize>,
) -> Result<TermKind, SyntaxError> {
    let invalid = |message: String| SyntaxError::new(at.clone(), message);
    let time = || match value {
        RawValue::Bare(text) => Ok(text),
        RawValue::Quoted {
            text,
            is_closed: true,
            is_prefix: false,
        } => Ok(text),
        RawValue::Quoted { .. } => Err(invalid("expected a time such as `1h`".to_owned())),
        RawValue::Missing => Err(invalid("the time is missing, such as `1h`".to_owned())),
    };
    let checked = |text: &String| match parse_time(text) {
        Ok(_) => Ok(text.clone()),
        Err(message) => Err(invalid(message)),
    };
    match field {
        FieldName::Since => Ok(TermKind::Since(checked(time()?)?)),
        FieldName::Until => Ok(TermKind::Until(checked(time()?)?)),
        FieldName::Value(field) => {
            let test = value_test(&field, value).map_err(invalid)?;
            Ok(TermKind::Field(field, test))
        }
    }
}

fn value_test(field: &SearchField, value: &RawValue) -> Result<ValueTest, String> {
    match value {
        RawValue::Missing => {
            Err("the value is missing: a `*` finds every record with a value".to_owned())
        }
        RawValue::Bare(text) => bare_test(field, text),
        RawValue::Quoted {
            is_closed: false, ..
        } => Err("the last quote is missing".to_owned()),
        RawValue::Quoted {
            text, is_prefix, ..
        } => text_test(
            field,
            match is_prefix {
                true => ValueTest::StartsWith(text.clone()),
                false => ValueTest::Is(text.clone()),
            },
        ),
    }
}
