//! Applies the scrubber to the values of a record.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use crate::model::Value;
use crate::policy::content::{with_key, Treatment};
use crate::policy::names::Name;
use crate::policy::scrub::Scrubber;
use crate::record::Record;
use crate::util::intern::interned;
use crate::util::Revision;

/// The smallest number with as many digits as a card number.
const LEAST: u64 = 1_000_000_000_000;

impl Treatment for Scrubber {
    fn text(&self, names: &[Name<'_>], text: &str) -> Revision<String> {
        // A text with several names is searched unless all names are excluded.
        let is_left = names
            .iter()
            .all(|Name(prefix, key)| self.leaves(prefix, key));
        if is_left {
            return Revision::Keep;
        }
        match self.scrub(text) {
            Cow::Owned(scrubbed) => Revision::Replace(scrubbed),
            Cow::Borrowed(_) => Revision::Keep,
        }
    }

    fn value(&self, names: &[Name<'_>], value: &Value) -> Revision<Value> {
        match value {
            Value::Str(text) => self.text(names, text).map(Value::from),
            // A number can be a card number too.
            Value::Int(number) if number.unsigned_abs() >= LEAST => {
                self.text(names, &number.to_string()).map(Value::from)
            }
            Value::UInt(number) => self.text(names, &number.to_string()).map(Value::from),
            Value::Int(_) | Value::Bool(_) | Value::Float(_) => Revision::Keep,
        }
    }

    fn json(&self, path: &mut String, value: &Json) -> Revision<Json> {
        match value {
            Json::String(text) => self.text(&[Name("", path)], text).map(Json::String),
            Json::Number(number) if number.as_u64().is_some_and(|number| number >= LEAST) => {
                let text = self.text(&[Name("", path)], &number.to_string());
                text.map(Json::String)
            }
            Json::Object(map) => self.object(path, map).map(Json::Object),
            Json::Array(list) => self.list(path, list).map(Json::Array),
            Json::Null | Json::Bool(_) | Json::Number(_) => Revision::Keep,
        }
    }
}

impl Scrubber {
    /// Scrubs a target of the `log` crate, which the application can build at run time. A target of
    /// `tracing` is constant.
    pub(crate) fn revise_target(&self, record: &mut Record) {
        if let Cow::Owned(scrubbed) = self.scrub(record.target) {
            record.target = interned(&scrubbed).unwrap_or("log");
        }
    }

    /// Scrubs keys too, because the keys inside a value are content of the application.
    fn object(&self, path: &mut String, map: &Map<String, Json>) -> Revision<Map<String, Json>> {
        let mut left = Map::new();
        let mut is_changed = false;
        for (key, value) in map {
            let (scrubbed, revision) = with_key(path, key, |path| {
                let scrubbed = match self.leaves("", path) {
                    true => Cow::Borrowed(key.as_str()),
                    false => self.scrub(key),
                };
                (scrubbed, self.json(path, value))
            });
            is_changed |= matches!(scrubbed, Cow::Owned(_)) || !revision.is_keep();
            let mut value = value.clone();
            revision.apply_to(&mut value);
            left.insert(free_key(&left, scrubbed.into_owned()), value);
        }
        match is_changed {
            true => Revision::Replace(left),
            false => Revision::Keep,
        }
    }

    fn list(&self, path: &mut String, list: &[Json]) -> Revision<Vec<Json>> {
        let revisions: Vec<_> = list.iter().map(|value| self.json(path, value)).collect();
        if revisions.iter().all(Revision::is_keep) {
            return Revision::Keep;
        }
        let mut left = list.to_vec();
        for (value, revision) in left.iter_mut().zip(revisions) {
            revision.apply_to(value);
        }
        Revision::Replace(left)
    }
}

/// The key, with a number appended where another key became equal.
fn free_key(map: &Map<String, Json>, key: String) -> String {
    if !map.contains_key(&key) {
        return key;
    }
    let mut number = 2_usize;
    loop {
        let numbered = format!("{key} {number}");
        if !map.contains_key(&numbered) {
            return numbered;
        }
        number += 1;
    }
}
