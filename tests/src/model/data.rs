use serde_json::{Map, Value as Json};

use super::{Answer, Flaw};
use crate::program::{Fields, ScopeData, Text};

/// Merges the tags and data of a frame over the outer answer.
pub(super) fn merge_data(answer: &mut Answer, data: &ScopeData, flaw: Option<Flaw>) {
    for (key, value) in &data.tags {
        let tag = answer.tags.entry((*key).into());
        if flaw == Some(Flaw::OuterTagWins) {
            tag.or_insert_with(|| (*value).into());
        } else {
            tag.insert_entry((*value).into());
        }
    }
    for (key, value) in &data.extra {
        let value = Json::from(*value);
        match answer.extra.get_mut(*key) {
            Some(_) if flaw == Some(Flaw::OuterExtraWins) => {}
            Some(outer) if flaw == Some(Flaw::ExtraMapsJoin) => merge_maps(outer, value),
            Some(outer) => *outer = value,
            None => {
                answer.extra.insert((*key).into(), value);
            }
        }
    }
    for (index, (name, fields)) in data.contexts.iter().enumerate() {
        // A later context of the same name in the same frame replaces the earlier one.
        let later = &data.contexts[index + 1..];
        if !later.iter().any(|(other, _)| other == name)
            || flaw == Some(Flaw::ContextSaidAgainJoins)
        {
            merge_context(answer, name, fields, flaw);
        }
    }
}

/// Contexts merge by name, then by key.
fn merge_context(answer: &mut Answer, name: Text, fields: &Fields, flaw: Option<Flaw>) {
    let outer = answer
        .contexts
        .entry(name.into())
        .or_insert_with(|| Json::Object(Map::new()));
    let Json::Object(shown) = outer else { return };
    if flaw == Some(Flaw::ContextReplacesOuter) {
        shown.clear();
    }
    for (key, value) in fields {
        let value = Json::from(*value);
        match shown.get_mut(*key) {
            Some(_) if flaw == Some(Flaw::OuterContextKeyWins) => {}
            Some(outer) if flaw == Some(Flaw::ContextValuesJoin) => merge_maps(outer, value),
            Some(outer) => *outer = value,
            None => {
                shown.insert((*key).into(), value);
            }
        }
    }
}

/// Merges maps if a flaw requires it. Every other value replaces.
fn merge_maps(outer: &mut Json, inner: Json) {
    match (outer, inner) {
        (Json::Object(outer), Json::Object(inner)) => outer.extend(inner),
        (outer, inner) => *outer = inner,
    }
}

/// Sets the value of a key.
pub(super) fn set<V>(values: &mut Vec<(Text, V)>, key: Text, value: V) {
    remove(values, key);
    values.push((key, value));
}

pub(super) fn remove<V>(values: &mut Vec<(Text, V)>, key: Text) {
    values.retain(|(other, _)| *other != key);
}
