//! Tags: short indexed keys and values.

use crate::diagnostics::truncate::{is_tag_key, truncate_chars};
use crate::diagnostics::truncation::note;
use crate::diagnostics::{stats, Limits, Truncated};
use crate::model::as_text::AsText;
use crate::util::{Revision, ShortStr, SortedMap};

/// Tags sorted by key, shared until they change.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tags(SortedMap<ShortStr>);

impl Tags {
    pub(crate) fn collect<K: AsRef<str>, V: AsText>(
        tags: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut collected = Self::default();
        for (key, value) in tags {
            if let Some(value) = value.as_text() {
                collected.set(key.as_ref(), &value);
            }
        }
        collected
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The approximate size of the tags in memory, in bytes, divided by the number of owners that
    /// share them.
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

    /// Whether `key` is valid. Counts an invalid key.
    pub(crate) fn takes(key: &str) -> bool {
        let is_key = is_tag_key(key);
        if !is_key {
            stats::invalid_tag();
        }
        is_key
    }

    /// Sets one tag. Drops and counts an invalid key, and a new key past the limit.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        if Self::takes(key) {
            self.put(key, value);
        }
    }

    /// As [`set`](Self::set), for a key that is known to be valid.
    #[inline(always)]
    pub(crate) fn put(&mut self, key: &str, value: &str) {
        match self.0.entry(key, Limits::TAGS) {
            // A text with at most as many bytes has at most as many characters.
            Ok(entry) if value.len() <= Limits::TAG_VALUE_CHARS => entry.set(value),
            Ok(entry) => entry.set(&truncate_chars(value, Limits::TAG_VALUE_CHARS)),
            Err(_) => note(Truncated::Tag),
        }
    }

    /// Removes all tags. Keeps the memory if no other owner shares the tags.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Sets the tags of `newer`, which override equal keys. Drops and counts a new key past the
    /// limit.
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

    /// Adds the tags of `outer` that are missing here. The inner value of a key wins.
    pub(crate) fn merge_missing(&mut self, outer: &Self) {
        let dropped = self.0.merge_missing(&outer.0, Limits::TAGS, |_, _| ());
        (0..dropped).for_each(|_| note(Truncated::Tag));
    }

    /// Applies `revise` to each value.
    pub(crate) fn revise(&mut self, revise: impl Fn(&str, &str) -> Revision<String>) {
        self.0.revise(|key, value| {
            let left = revise(key, value.as_str());
            left.map(|left| ShortStr::new(&truncate_chars(&left, Limits::TAG_VALUE_CHARS)))
        });
    }
}
