//! What was met of late, in a bounded room.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// What the allocation of a key takes beside the key, about.
const ALLOCATION_OVERHEAD: usize = 16;

/// Values by whole keys, those used last.
///
/// There are two generations: what is found in the old one moves to the new one, and when the new
/// one has no room left, it becomes the old one. So what is used again and again stays, however
/// much passes by that is used once.
pub(super) struct GenerationCache<V, S = RandomState> {
    young: HashMap<Box<[u8]>, V, S>,
    old: HashMap<Box<[u8]>, V, S>,
    /// How many bytes a generation has room for.
    capacity: usize,
    used: usize,
    value_size: fn(&V) -> usize,
}

impl<V, S: BuildHasher + Default> GenerationCache<V, S> {
    /// What an entry takes beside its key and what its value has allocated, about: a table has room
    /// for more entries than it holds, half as many again in the middle.
    const ENTRY_OVERHEAD: usize = ALLOCATION_OVERHEAD + size_of::<(Box<[u8]>, V)>() * 3 / 2;

    /// Room for twice that many bytes, of values that allocate nothing.
    pub(super) fn new(capacity: usize) -> Self {
        Self::with_value_size(capacity, |_| 0)
    }

    /// Room for twice that many bytes; `value_size` tells what a value has allocated.
    pub(super) fn with_value_size(capacity: usize, value_size: fn(&V) -> usize) -> Self {
        Self {
            young: HashMap::default(),
            old: HashMap::default(),
            capacity,
            used: 0,
            value_size,
        }
    }

    /// What `take` reads from the value of the key.
    pub(super) fn get_with<T>(&mut self, key: &[u8], read: impl FnOnce(&V) -> T) -> Option<T> {
        if let Some(value) = self.young.get(key) {
            return Some(read(value));
        }
        let (key, value) = self.old.remove_entry(key)?;
        let found = read(&value);
        self.insert(key, value);
        Some(found)
    }

    pub(super) fn insert(&mut self, key: Box<[u8]>, value: V) {
        let size = key.len() + Self::ENTRY_OVERHEAD + (self.value_size)(&value);
        if self.used + size > self.capacity {
            self.old = std::mem::take(&mut self.young);
            self.used = 0;
        }
        self.used += size;
        self.young.insert(key, value);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::with_value_size(self.capacity, self.value_size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> Box<[u8]> {
        Box::new(number.to_be_bytes())
    }

    #[test]
    fn used_entry_survives_within_bounded_memory() {
        const ENTRIES: usize = 100;
        let mut cache =
            GenerationCache::<u32>::new(ENTRIES * (4 + GenerationCache::<u32>::ENTRY_OVERHEAD));
        cache.insert(key(0), 0);
        for number in 1..10_000 {
            assert_eq!(cache.get_with(&key(number), |value| *value), None);
            cache.insert(key(number), number);
            assert_eq!(cache.get_with(&key(0), |value| *value), Some(0));
            assert_eq!(cache.get_with(&key(number), |value| *value), Some(number));
            assert!(cache.young.len() + cache.old.len() <= 2 * ENTRIES);
        }
        assert_eq!(
            cache.get_with(&key(1), |value| *value),
            None,
            "used once, long ago"
        );
        cache.clear();
        assert_eq!(cache.get_with(&key(0), |value| *value), None);
    }

    /// Gives every key the same hash.
    #[derive(Default)]
    struct ConstantHasher;

    impl std::hash::Hasher for ConstantHasher {
        fn finish(&self) -> u64 {
            7
        }

        fn write(&mut self, _: &[u8]) {}
    }

    #[test]
    fn keys_with_equal_hash_stay_distinct() {
        let mut cache =
            GenerationCache::<_, std::hash::BuildHasherDefault<ConstantHasher>>::new(1 << 20);
        for number in 0..500 {
            assert_eq!(cache.get_with(&key(number), |value| *value), None);
            cache.insert(key(number), number);
        }
        for number in 0..500 {
            assert_eq!(cache.get_with(&key(number), |value| *value), Some(number));
        }
    }
}
