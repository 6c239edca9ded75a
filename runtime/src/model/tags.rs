//! Short indexed keys and values.

use crate::diagnostics::truncate::{is_tag_key, truncate_chars};
use crate::diagnostics::truncation::note;
use crate::diagnostics::{stats, Limits, Truncated};
use crate::util::{Revision, ShortStr, SortedMap};

/// Tags sorted by key, shared until they change.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tags(SortedMap<ShortStr>);

impl Tags {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// About how many bytes of memory the tags hold, divided by those who share them.
    pub(crate) fn memory_share(&self) -> usize {
        let texts = self.iter().map(|(key, value)| key.len() + value.len());
        let entries = texts.map(|text| 2 * size_of::<ShortStr>() + text);
        entries.sum::<usize>() / self.0.sharers()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(ShortStr::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key, value.as_str()))
    }

    /// Whether there can be a tag of that key; an invalid one is counted.
    pub(crate) fn takes(key: &str) -> bool {
        let is_key = is_tag_key(key);
        if !is_key {
            stats::invalid_tag();
        }
        is_key
    }

    /// Sets one tag; an invalid key, and a new one past the limit, are dropped and counted.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        if Self::takes(key) {
            self.put(key, value);
        }
    }

    /// As [`set`](Self::set), for a key that is valid.
    pub(crate) fn put(&mut self, key: &str, value: &str) {
        match self.0.entry(key, Limits::TAGS) {
            Ok(entry) => entry.set(&truncate_chars(value, Limits::TAG_VALUE_CHARS)),
            Err(_) => note(Truncated::Tag),
        }
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Sets those of `newer`: of a key that is in both, the newer value counts; a new key past the
    /// limit is dropped and counted.
    pub(crate) fn extend(&mut self, newer: Self) {
        if self.is_empty() {
            *self = newer;
            return;
        }
        for (key, value) in newer.iter() {
            match self.0.entry(key, Limits::TAGS) {
                Ok(entry) => entry.set(value),
                Err(_) => note(Truncated::Tag),
            }
        }
    }

    /// Adds those of `outer` that are not here: the inner one wins, key by key.
    pub(crate) fn merge_missing(&mut self, outer: &Self) {
        let dropped = self.0.merge_missing(&outer.0, Limits::TAGS, |_, _| ());
        (0..dropped).for_each(|_| note(Truncated::Tag));
    }

    /// Leaves of each value what `revise` leaves.
    pub(crate) fn revise(&mut self, revise: impl Fn(&str, &str) -> Revision<String>) {
        self.0.revise(|key, value| {
            let left = revise(key, value.as_str());
            left.map(|left| ShortStr::new(&truncate_chars(&left, Limits::TAG_VALUE_CHARS)))
        });
    }
}
