//! A map whose copies share what they have in common.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use foldhash::fast::RandomState;

/// A map whose clones share the entries that were there at the last [`share`](Self::share).
///
/// A query adds the newest records to a copy of the sums of all users. Copying the sums of 100,000
/// users took longer than everything else.
#[derive(Clone, Debug)]
pub(super) struct LayeredMap<K, V> {
    shared: Arc<HashMap<K, V, RandomState>>,
    /// The entries that were added or changed since. They replace shared ones.
    newer: HashMap<K, V, RandomState>,
}

impl<K, V> Default for LayeredMap<K, V> {
    fn default() -> Self {
        Self {
            shared: Arc::default(),
            newer: HashMap::default(),
        }
    }
}

impl<K: Copy + Eq + Hash, V: Copy + Default> LayeredMap<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.newer.get(key).or_else(|| self.shared.get(key))
    }

    /// The value of a key, which is added if there is none.
    pub(super) fn get_or_default(&mut self, key: K) -> &mut V {
        let shared = &self.shared;
        let value = || shared.get(&key).copied().unwrap_or_default();
        self.newer.entry(key).or_insert_with(value)
    }

    /// Makes all entries shared ones.
    pub(super) fn share(&mut self) {
        let newer = std::mem::take(&mut self.newer);
        match self.shared.is_empty() {
            true => self.shared = Arc::new(newer),
            false => Arc::make_mut(&mut self.shared).extend(newer),
        }
    }

    /// The entries, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let unchanged = |(key, _): &(&K, &V)| !self.newer.contains_key(key);
        self.newer
            .iter()
            .chain(self.shared.iter().filter(unchanged))
    }
}

#[cfg(test)]
mod tests {
    use super::LayeredMap;

    fn sorted(map: &LayeredMap<u8, u32>) -> Vec<(u8, u32)> {
        let mut entries: Vec<_> = map.iter().map(|(key, value)| (*key, *value)).collect();
        entries.sort_unstable();
        entries
    }

    #[test]
    fn changed_clone_leaves_the_original_unchanged() {
        let mut map = LayeredMap::default();
        *map.get_or_default(1) = 10;
        *map.get_or_default(2) = 20;
        map.share();
        let mut clone = map.clone();
        *clone.get_or_default(2) += 1;
        *clone.get_or_default(3) += 1;
        assert_eq!(sorted(&map), [(1, 10), (2, 20)]);
        assert_eq!(sorted(&clone), [(1, 10), (2, 21), (3, 1)]);
        assert_eq!(
            [clone.get(&2), map.get(&2), map.get(&3)],
            [Some(&21), Some(&20), None]
        );
        clone.share();
        assert_eq!(sorted(&clone), [(1, 10), (2, 21), (3, 1)]);
        assert_eq!(sorted(&map), [(1, 10), (2, 20)]);
    }
}
