//! Small maps that are copied often and changed seldom.

use std::sync::Arc;

use crate::diagnostics::truncation::cut;
use crate::diagnostics::Cut;
use crate::util::revision::Revision;
use crate::util::short_str::Text;

/// How many values there can be, and what those past that are counted as.
#[derive(Clone, Copy)]
pub(crate) struct AtMost(pub(crate) usize, pub(crate) Cut);

type Entry<V> = (Text, V);

/// Values sorted by key, shared until they change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Keyed<V>(Option<Arc<Vec<Entry<V>>>>);

impl<V> Default for Keyed<V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<V> Keyed<V> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|entries| entries.is_empty())
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        let entries = self.0.as_ref()?;
        let at = entries
            .binary_search_by(|(k, _)| k.as_str().cmp(key))
            .ok()?;
        Some(&entries[at].1)
    }

    /// How many share the values, at least 1.
    pub(crate) fn sharers(&self) -> usize {
        self.0.as_ref().map_or(1, Arc::strong_count)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0
            .iter()
            .flat_map(|entries| entries.iter().map(|(k, v)| (k.as_str(), v)))
    }
}

impl<V: Clone + Default> Keyed<V> {
    /// The place of one value, to be written there; a new key past the limit is dropped and counted.
    pub(crate) fn place(&mut self, key: &str, AtMost(most, what): AtMost) -> Option<&mut V> {
        let entries = Arc::make_mut(self.0.get_or_insert_default());
        let at = match entries.binary_search_by(|(k, _)| k.as_str().cmp(key)) {
            Ok(at) => at,
            Err(_) if entries.len() >= most => {
                cut(what);
                return None;
            }
            Err(at) => {
                entries.insert(at, Entry::default());
                entries[at].0.set(key);
                at
            }
        };
        Some(&mut entries[at].1)
    }
}

impl<V: Clone> Keyed<V> {
    pub(crate) fn remove(&mut self, key: &str) {
        if self.get(key).is_some() {
            let entries = Arc::make_mut(self.0.get_or_insert_default());
            entries.retain(|(k, _)| k.as_str() != key);
        }
    }

    /// Leaves of each value what `revise` leaves; where that is all of every value, nothing is
    /// copied.
    pub(crate) fn revise(&mut self, mut revise: impl FnMut(&str, &V) -> Revision<V>) {
        let Some(entries) = &mut self.0 else { return };
        let revise = |(key, value): &Entry<V>| revise(key.as_str(), value);
        let revisions: Vec<_> = entries.iter().map(revise).collect();
        if revisions.iter().all(Revision::is_keep) {
            return;
        }
        let mut revisions = revisions.into_iter();
        Arc::make_mut(entries)
            .retain_mut(|(_, value)| revisions.next().is_none_or(|it| it.apply_to(value)));
    }

    /// Adds those of `outer` that are not here, and lets `join` see those that are in both.
    pub(crate) fn fill_from(
        &mut self,
        outer: &Self,
        AtMost(most, what): AtMost,
        join: impl Fn(&mut V, &V),
    ) {
        if self.is_empty() {
            self.clone_from(outer);
            return;
        }
        if outer.is_empty() {
            return;
        }
        let entries = Arc::make_mut(self.0.get_or_insert_default());
        for (key, value) in outer.iter() {
            match entries.binary_search_by(|(k, _)| k.as_str().cmp(key)) {
                Ok(at) => join(&mut entries[at].1, value),
                Err(_) if entries.len() >= most => cut(what),
                Err(at) => entries.insert(at, (Text::new(key), value.clone())),
            }
        }
    }
}
