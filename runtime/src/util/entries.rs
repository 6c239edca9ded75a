//! The entries of a small map.

use std::ops::Deref;

use smallvec::SmallVec;

use crate::util::short_str::ShortStr;

/// A key and a value.
pub(super) type Entry<V> = (ShortStr, V);

/// Entries sorted by key.
#[derive(Debug)]
pub(super) struct Entries<V> {
    /// Most maps have few entries, which need no allocation beside the one of the map.
    ///
    /// The slots past `len` have empty texts. A new entry is written into such a slot in place: writing
    /// first and moving then causes a store-forwarding stall.
    slots: SmallVec<[Entry<V>; 4]>,
    len: usize,
}

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Self {
            slots: SmallVec::new(),
            len: 0,
        }
    }
}

impl<V: Clone> Clone for Entries<V> {
    fn clone(&self) -> Self {
        Self {
            slots: self.iter().cloned().collect(),
            len: self.len,
        }
    }
}

impl<V> Deref for Entries<V> {
    type Target = [Entry<V>];

    #[inline]
    fn deref(&self) -> &[Entry<V>] {
        self.slots.get(..self.len).unwrap_or_default()
    }
}

impl<V> Entries<V> {
    /// Where the key is, or where the key belongs. Most keys are added in order, so the last entry is
    /// compared first.
    #[inline(always)]
    pub(super) fn position(&self, key: &str) -> Result<usize, usize> {
        match self.last() {
            Some((last, _)) if last.as_str() >= key => {
                self.binary_search_by(|(known, _)| known.as_str().cmp(key))
            }
            _ => Err(self.len),
        }
    }

    pub(super) fn value_mut(&mut self, at: usize) -> &mut V {
        &mut self.slots[at].1
    }

    /// Inserts an entry at a position that [`position`](Self::position) returned.
    #[inline(always)]
    pub(super) fn insert(&mut self, at: usize, key: &str) -> &mut V
    where
        V: Default,
    {
        if self.len == self.slots.len() {
            self.slots.push(Entry::default());
        }
        self.len += 1;
        if at + 1 < self.len {
            self.slots[at..self.len].rotate_right(1);
        }
        let (place, value) = &mut self.slots[at];
        place.set(key);
        value
    }

    /// Keeps the entries for which `keep` returns `true`.
    pub(super) fn retain(&mut self, keep: impl FnMut(&mut Entry<V>) -> bool) {
        self.slots.truncate(self.len);
        self.slots.retain(keep);
        self.len = self.slots.len();
    }
}

impl Entries<ShortStr> {
    /// Removes all entries, and keeps their memory.
    pub(super) fn clear(&mut self) {
        for (key, value) in self.slots.iter_mut().take(self.len) {
            key.clear();
            value.clear();
        }
        self.len = 0;
    }
}
