//! Texts that are copied often and changed never.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrayvec::ArrayString;

/// How long a text may be to be kept in place.
const SHORT: usize = 40;

/// An id, or the key or value of a tag.
///
/// Most are short and live in place, so that a scope allocates nothing and a copy of it counts
/// nothing; a longer one is shared.
#[derive(Clone, Debug)]
pub(crate) enum ShortStr {
    Short(ArrayString<SHORT>),
    Long(Arc<str>),
}

impl ShortStr {
    #[inline]
    pub(crate) fn new(from: &str) -> Self {
        let mut text = Self::Short(ArrayString::new_const());
        text.set(from);
        text
    }

    /// Writes where the text is: one that is written and then moved is waited for by the processor.
    #[inline]
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
            // It fits.
            let _ = text.try_push_str(from);
        }
    }

    /// Whether dropping it would do nothing.
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
