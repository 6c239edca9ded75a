//! Small maps that are copied often and changed rarely.

use triomphe::Arc;

use crate::util::entries::{Entries, Entry};
use crate::util::revision::Revision;
use crate::util::short_str::ShortStr;

/// The error of a map without room for another key.
#[derive(Debug)]
pub(crate) struct Full;

/// Values sorted by key, shared until they change.
///
/// The `Arc` has no weak references. The `Arc` of the standard library has them, and proves with an
/// atomic exchange that nobody else owns the values: 6 ns for each tag of a scope.
#[derive(Clone, Debug)]
pub(crate) struct SortedMap<V>(Option<Arc<Entries<V>>>);

/// A cleared map equals a map that never had entries.
impl<V: PartialEq> PartialEq for SortedMap<V> {
    fn eq(&self, other: &Self) -> bool {
        let is_same = match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        is_same || self.iter().eq(other.iter())
    }
}

impl<V> Default for SortedMap<V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<V> SortedMap<V> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|entries| entries.is_empty())
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        let entries = self.0.as_ref()?;
        let at = entries
            .binary_search_by(|(known, _)| known.as_str().cmp(key))
            .ok()?;
        entries.get(at).map(|(_, value)| value)
    }

    /// The number of maps that share the values, at least 1.
    pub(crate) fn sharers(&self) -> usize {
        self.0.as_ref().map_or(1, Arc::count)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0
            .iter()
            .flat_map(|entries| entries.iter().map(|(k, v)| (k.as_str(), v)))
    }
}

impl<V: Clone + Default> SortedMap<V> {
    /// Gives the map entries of its own.
    #[inline(never)]
    fn unshare(&mut self) {
        self.0 = Some(Arc::new(match &self.0 {
            Some(shared) => Entries::clone(shared),
            None => Entries::default(),
        }));
    }

    /// The value of a key, to be written. A new key past `capacity` is refused.
    #[inline(always)]
    pub(crate) fn entry(&mut self, key: &str, capacity: usize) -> Result<&mut V, Full> {
        // Not `Arc::make_mut`, whose clone would be inlined here.
        if !self.0.as_ref().is_some_and(Arc::is_unique) {
            self.unshare();
        }
        let Some(entries) = self.0.as_mut().and_then(Arc::get_mut) else {
            return Err(Full);
        };
        match entries.position(key) {
            Ok(at) => Ok(entries.value_mut(at)),
            Err(_) if entries.len() >= capacity => Err(Full),
            Err(at) => Ok(entries.insert(at, key)),
        }
    }
}

impl SortedMap<ShortStr> {
    /// Removes all entries. Keeps the memory if no other map shares the entries.
    pub(crate) fn clear(&mut self) {
        match self.0.as_mut().and_then(Arc::get_mut) {
            Some(entries) => entries.clear(),
            None => self.0 = None,
        }
    }
}

impl<V: Clone + Default> SortedMap<V> {
    pub(crate) fn remove(&mut self, key: &str) {
        if self.get(key).is_some() {
            let entries = Arc::make_mut(self.0.get_or_insert_default());
            entries.retain(|(known, _)| known.as_str() != key);
        }
    }

    /// Applies `revise` to each value. Where every value stays unchanged, nothing is copied.
    pub(crate) fn revise(&mut self, mut revise: impl FnMut(&str, &V) -> Revision<V>) {
        let Some(entries) = &mut self.0 else { return };
        let revise = |(key, value): &Entry<V>| revise(key.as_str(), value);
        let revisions: Vec<_> = entries.iter().map(revise).collect();
        if revisions.iter().all(Revision::is_keep) {
            return;
        }
        let mut revisions = revisions.into_iter();
        Arc::make_mut(entries)
            .retain(|(_, value)| revisions.next().is_none_or(|it| it.apply_to(value)));
    }

    /// Adds the entries of `outer` whose keys are missing here, and calls `join` for the keys that both
    /// maps have. Returns the number of entries that found no room within `capacity`.
    pub(crate) fn merge_missing(
        &mut self,
        outer: &Self,
        capacity: usize,
        mut join: impl FnMut(&mut V, &V),
    ) -> usize {
        if outer.is_empty() {
            return 0;
        }
        if self.is_empty() {
            self.clone_from(outer);
            return 0;
        }
        let mut dropped = 0;
        let entries = Arc::make_mut(self.0.get_or_insert_default());
        for (key, value) in outer.iter() {
            match entries.position(key) {
                Ok(at) => join(entries.value_mut(at), value),
                Err(_) if entries.len() >= capacity => dropped += 1,
                Err(at) => entries.insert(at, key).clone_from(value),
            }
        }
        dropped
    }
}
