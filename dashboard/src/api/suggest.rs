//! Suggestions for the end of a search text.

use serde::Serialize;
use whose_store::{Queries, SearchField, StoreError, SuggestionsOf};

use crate::query_language::{
    Completion, FIELDS, KEYED, choices, completion, keyed_text, quote_value,
};

/// The most suggestions.
const LIMIT: usize = 12;
/// The times that are suggested.
const TIMES: [&str; 5] = ["15m", "1h", "24h", "7d", "30d"];

/// What can replace the end of a search text.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Suggestions {
    /// The number of UTF-16 units of the text that stay, as JavaScript counts them.
    from: usize,
    suggestions: Vec<Suggestion>,
}

#[derive(Debug, Serialize)]
struct Suggestion {
    /// What replaces the rest of the text.
    insert: String,
    /// What the list shows.
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'static str>,
}

impl Suggestion {
    fn name(insert: String, help: &'static str) -> Self {
        Self {
            label: insert.clone(),
            insert,
            help: Some(help),
        }
    }

    /// A value, and the blank that ends its condition.
    fn value(label: impl Into<String>) -> Self {
        let label = label.into();
        Self {
            insert: format!("{} ", quote_value(&label)),
            label,
            help: None,
        }
    }

    /// A part of a condition that is no text.
    fn literal(text: &str) -> Self {
        Self {
            insert: format!("{text} "),
            label: text.to_owned(),
            help: None,
        }
    }
}

/// The suggestions for the end of a text: names of fields, keys and values.
pub(crate) fn suggest(store: &dyn Queries, text: &str) -> Result<Suggestions, StoreError> {
    let Some(completion) = completion(text) else {
        return Ok(Suggestions::default());
    };
    let (from, suggestions) = match completion {
        Completion::Name { from, prefix } => (from, names(&prefix)),
        Completion::Key {
            from,
            start,
            prefix,
        } => (from, keys(store, start, &prefix)?),
        Completion::Value {
            from,
            field,
            prefix,
        } => (from, values(store, field, &prefix)?),
        Completion::Time { from, prefix } => (from, literals(&TIMES, &prefix)),
    };
    let kept = text.get(..from).unwrap_or_default();
    Ok(Suggestions {
        from: kept.encode_utf16().count(),
        suggestions,
    })
}

fn names(prefix: &str) -> Vec<Suggestion> {
    let prefix = prefix.to_ascii_lowercase();
    let fields = FIELDS
        .iter()
        .map(|field| (format!("{}:", field.name), field.help));
    let keyed = KEYED
        .iter()
        .map(|(start, help)| ((*start).to_owned(), *help));
    let names = fields.chain(keyed);
    let matching = names.filter(|(name, _)| name.starts_with(&prefix));
    let suggestions = matching.map(|(name, help)| Suggestion::name(name, help));
    suggestions.take(LIMIT).collect()
}

fn keys(store: &dyn Queries, start: &str, prefix: &str) -> Result<Vec<Suggestion>, StoreError> {
    let of = match start {
        "tag." => SuggestionsOf::TagKeys,
        "field." => SuggestionsOf::FieldKeys,
        _ => SuggestionsOf::AttributeKeys,
    };
    let keys = store.suggestions(&of, prefix, LIMIT)?;
    let suggestion = |key: String| {
        let insert = format!("{}:", keyed_text(start, &key));
        Suggestion {
            label: insert.clone(),
            insert,
            help: None,
        }
    };
    Ok(keys.into_iter().map(suggestion).collect())
}

fn values(
    store: &dyn Queries,
    field: SearchField,
    prefix: &str,
) -> Result<Vec<Suggestion>, StoreError> {
    let literal: &[&str] = match field {
        SearchField::Duration => &[">100ms", ">1s", ">10s", "*"],
        SearchField::Cost => &[">0.01", ">0.1", ">1", "*"],
        SearchField::Tokens => &[">1000", ">10000", "*"],
        _ => &[],
    };
    if !literal.is_empty() {
        return Ok(literals(literal, prefix));
    }
    let choices = choices(&field);
    if !choices.is_empty() {
        return Ok(literals(&choices, &prefix.to_ascii_lowercase()));
    }
    let values = store.suggestions(&SuggestionsOf::Values(field), prefix, LIMIT)?;
    Ok(values.into_iter().map(Suggestion::value).collect())
}

fn literals(texts: &[&str], prefix: &str) -> Vec<Suggestion> {
    let matching = texts.iter().filter(|text| text.starts_with(prefix));
    matching.map(|text| Suggestion::literal(text)).collect()
}
