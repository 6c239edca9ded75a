//! Immutable texts that are copied often.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrayvec::ArrayString;

/// The longest text that is kept in place, in bytes. A UUID has 36, and 40 cost no more memory.
const SHORT: usize = 40;

/// An id, or the key or value of a tag.
///
/// A short text is kept in place, so that a scope allocates nothing and a copy changes no reference
/// count. A longer text is shared.
#[derive(Debug)]
pub(crate) enum ShortStr {
    Short(ArrayString<SHORT>),
    Long(Arc<str>),
}

impl Clone for ShortStr {
    #[inline]
    fn clone(&self) -> Self {
        match self {
            Self::Short(text) => Self::Short(*text),
            Self::Long(text) => Self::Long(text.clone()),
        }
    }

    /// In place, as [`set`](Self::set).
    #[inline(always)]
    fn clone_from(&mut self, from: &Self) {
        match from {
            Self::Short(text) => *self = Self::Short(*text),
            Self::Long(text) => *self = Self::Long(text.clone()),
        }
    }
}

impl ShortStr {
    #[inline]
    pub(crate) fn new(from: &str) -> Self {
        let mut text = Self::Short(ArrayString::new_const());
        text.set(from);
        text
    }

    /// Writes the text in place: writing first and moving then causes a store-forwarding stall.
    #[inline(always)]
    pub(crate) fn set(&mut self, from: &str) {
        if from.len() > SHORT {
            *self = Self::Long(from.into());
            return;
        }
        if let Self::Long(_) = self {
            *self = Self::default();
        }
        if let Self::Short(text) = self {
            text.clear();
            // The text fits: its length was checked.
            let _ = text.try_push_str(from);
        }
    }

    /// Empties the text.
    #[inline]
    pub(crate) fn clear(&mut self) {
        match self {
            Self::Short(text) => text.clear(),
            Self::Long(_) => *self = Self::default(),
        }
    }

    /// Whether the drop has no effect.
    #[inline]
    pub(crate) fn is_inline(&self) -> bool {
        matches!(self, Self::Short(_))
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Short(text) => text,
            Self::Long(text) => text,
        }
    }
}

impl Default for ShortStr {
    #[inline]
    fn default() -> Self {
        Self::Short(ArrayString::new_const())
    }
}

impl PartialEq for ShortStr {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for ShortStr {}

impl Hash for ShortStr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialOrd for ShortStr {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ShortStr {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}
