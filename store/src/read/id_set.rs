//! Sets of row ids.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// A set of row ids that are mostly consecutive. 64 neighbours take 16 bytes.
#[derive(Default)]
pub(super) struct IdSet {
    words: HashMap<i64, u64, RandomState>,
    len: u64,
}

impl IdSet {
    /// Adds an id. Returns `false` if the set contained it.
    pub(super) fn insert(&mut self, id: i64) -> bool {
        let word = self.words.entry(id >> 6).or_default();
        let bit = 1 << (id & 63);
        let is_new = *word & bit == 0;
        *word |= bit;
        self.len += u64::from(is_new);
        is_new
    }

    pub(super) fn contains(&self, id: i64) -> bool {
        let word = self.words.get(&(id >> 6)).copied().unwrap_or_default();
        word & (1 << (id & 63)) != 0
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = i64> {
        let bits = |word: u64| (0..64_i64).filter(move |bit| word & (1 << bit) != 0);
        self.words
            .iter()
            .flat_map(move |(high, word)| bits(*word).map(move |bit| (high << 6) | bit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_set_contains_only_inserted_ids() {
        let ids = [0, 1, 63, 64, -1, -64, -65, i64::MIN, i64::MAX];
        let mut set = IdSet::default();
        assert!(ids.iter().all(|id| set.insert(*id)));
        assert!(ids.iter().all(|id| !set.insert(*id) && set.contains(*id)));
        assert!(
            ![2, 62, 65, -2, -63, i64::MAX - 1]
                .iter()
                .any(|id| set.contains(*id))
        );
        assert_eq!(set.len(), 9);
        let (mut actual, mut expected) = (set.iter().collect::<Vec<_>>(), ids.to_vec());
        actual.sort_unstable();
        expected.sort_unstable();
        assert_eq!(actual, expected);
    }
}
