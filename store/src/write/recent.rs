//! What was met of late, in a bounded room.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// What the allocation of a key takes beside the key, about.
const ALLOCATION: usize = 16;

/// Values by whole keys, those used last.
///
/// There are two generations: what is found in the old one moves to the new one, and when the new
/// one has no room left, it becomes the old one. So what is used again and again stays, however
/// much passes by that is used once.
pub(super) struct Recent<V, S = RandomState> {
    new: HashMap<Box<[u8]>, V, S>,
    old: HashMap<Box<[u8]>, V, S>,
    /// How many bytes a generation has room for.
    room: usize,
    used: usize,
    allocated: fn(&V) -> usize,
}

impl<V, S: BuildHasher + Default> Recent<V, S> {
    /// What an entry takes beside its key and what its value has allocated, about: a table has room
    /// for more entries than it holds, half as many again in the middle.
    const ENTRY: usize = ALLOCATION + size_of::<(Box<[u8]>, V)>() * 3 / 2;

    /// Room for twice that many bytes, of values that allocate nothing.
    pub(super) fn new(room: usize) -> Self {
        Self::weighed(room, |_| 0)
    }

    /// Room for twice that many bytes; `allocated` tells what a value has allocated.
    pub(super) fn weighed(room: usize, allocated: fn(&V) -> usize) -> Self {
        Self {
            new: HashMap::default(),
            old: HashMap::default(),
            room,
            used: 0,
            allocated,
        }
    }

    /// What `take` reads from the value of the key.
    pub(super) fn find<T>(&mut self, key: &[u8], take: impl FnOnce(&V) -> T) -> Option<T> {
        if let Some(value) = self.new.get(key) {
            return Some(take(value));
        }
        let (key, value) = self.old.remove_entry(key)?;
        let found = take(&value);
        self.insert(key, value);
        Some(found)
    }

    pub(super) fn insert(&mut self, key: Box<[u8]>, value: V) {
        let takes = key.len() + Self::ENTRY + (self.allocated)(&value);
        if self.used + takes > self.room {
            self.old = std::mem::take(&mut self.new);
            self.used = 0;
        }
        self.used += takes;
        self.new.insert(key, value);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::weighed(self.room, self.allocated);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> Box<[u8]> {
        Box::new(number.to_be_bytes())
    }

    #[test]
    fn what_is_used_stays_and_the_memory_stays_bounded() {
        const ENTRIES: usize = 100;
        let mut recent = Recent::<u32>::new(ENTRIES * (4 + Recent::<u32>::ENTRY));
        recent.insert(key(0), 0);
        for number in 1..10_000 {
            assert_eq!(recent.find(&key(number), |value| *value), None);
            recent.insert(key(number), number);
            assert_eq!(recent.find(&key(0), |value| *value), Some(0));
            assert_eq!(recent.find(&key(number), |value| *value), Some(number));
            assert!(recent.new.len() + recent.old.len() <= 2 * ENTRIES);
        }
        assert_eq!(
            recent.find(&key(1), |value| *value),
            None,
            "used once, long ago"
        );
        recent.clear();
        assert_eq!(recent.find(&key(0), |value| *value), None);
    }

    /// Gives every key the same hash.
    #[derive(Default)]
    struct Same;

    impl std::hash::Hasher for Same {
        fn finish(&self) -> u64 {
            7
        }

        fn write(&mut self, _: &[u8]) {}
    }

    #[test]
    fn keys_of_one_hash_are_told_apart() {
        let mut recent = Recent::<_, std::hash::BuildHasherDefault<Same>>::new(1 << 20);
        for number in 0..500 {
            assert_eq!(recent.find(&key(number), |value| *value), None);
            recent.insert(key(number), number);
        }
        for number in 0..500 {
            assert_eq!(recent.find(&key(number), |value| *value), Some(number));
        }
    }
}
