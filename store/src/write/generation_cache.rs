//! A bounded cache of two generations.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// The approximate overhead of the allocation of a key, in bytes.
const ALLOCATION_OVERHEAD: usize = 16;

/// A map that keeps the entries used last, within a byte limit.
///
/// Entries are inserted into the young generation. When the young generation is full, it becomes
/// the old one, and the old one is discarded. A lookup moves an entry from the old to the young
/// generation, so an entry in regular use is never discarded.
pub(super) struct GenerationCache<V, S = RandomState> {
    young: HashMap<Box<[u8]>, V, S>,
    old: HashMap<Box<[u8]>, V, S>,
    /// The byte limit of one generation.
    capacity: usize,
    used: usize,
    value_size: fn(&V) -> usize,
}

impl<V, S: BuildHasher + Default> GenerationCache<V, S> {
    /// The approximate size of an entry beside its key and the heap of its value. A hash table has
    /// about half as many free slots as used ones.
    const ENTRY_OVERHEAD: usize = ALLOCATION_OVERHEAD + size_of::<(Box<[u8]>, V)>() * 3 / 2;

    /// A cache of up to twice `capacity` bytes, for values without heap allocations.
    pub(super) fn new(capacity: usize) -> Self {
        Self::with_value_size(capacity, |_| 0)
    }

    /// A cache of up to twice `capacity` bytes. `value_size` returns the heap size of a value.
    pub(super) fn with_value_size(capacity: usize, value_size: fn(&V) -> usize) -> Self {
        Self {
            young: HashMap::default(),
            old: HashMap::default(),
            capacity,
            used: 0,
            value_size,
        }
    }

    /// Looks `key` up and returns what `read` takes from the value.
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
