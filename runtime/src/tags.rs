//! Short indexed keys and values.

use std::borrow::Cow;
use std::sync::Arc;

use crate::limits::{cut_chars, is_tag_key, Limits};
use crate::stats;

/// Tags sorted by key, shared until they change.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tags(Option<Arc<Vec<Tag>>>);

type Tag = (Box<str>, Box<str>);

impl Tags {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|tags| tags.is_empty())
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let tags = self.0.as_ref()?;
        let at = tags.binary_search_by(|(k, _)| (**k).cmp(key)).ok()?;
        Some(&tags[at].1)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .flat_map(|tags| tags.iter().map(|(k, v)| (&**k, &**v)))
    }

    /// Sets one tag; an invalid key, and a new one past the limit, are dropped and counted.
    pub(crate) fn set(&mut self, key: &str, value: Cow<'_, str>) {
        if !is_tag_key(key) {
            stats::invalid_tag();
            return;
        }
        let value: Box<str> = cut_chars(&value, Limits::TAG_VALUE_CHARS).into();
        self.put(key, value);
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if self.get(key).is_some() {
            let tags = Arc::make_mut(self.0.get_or_insert_default());
            tags.retain(|(k, _)| **k != *key);
        }
    }

    /// Adds those of `outer` that are not here: the inner one wins, key by key.
    pub(crate) fn fill_from(&mut self, outer: &Self) {
        if self.is_empty() {
            self.clone_from(outer);
            return;
        }
        for (key, value) in outer.iter() {
            if self.get(key).is_none() {
                self.put(key, value.into());
            }
        }
    }

    fn put(&mut self, key: &str, value: Box<str>) {
        let tags = Arc::make_mut(self.0.get_or_insert_default());
        match tags.binary_search_by(|(k, _)| (**k).cmp(key)) {
            Ok(at) => tags[at].1 = value,
            Err(_) if tags.len() >= Limits::TAGS => stats::cut_value(),
            Err(at) => tags.insert(at, (key.into(), value)),
        }
    }
}
