use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrayvec::ArrayString;

/// How long an id may be to be kept in place.
const SHORT: usize = 24;

/// The text of an id.
///
/// Most are short and live in place, so that a scope allocates nothing and a copy of it counts
/// nothing; a longer one is shared.
#[derive(Clone, Debug)]
pub(crate) enum IdText {
    Short(ArrayString<SHORT>),
    Long(Arc<str>),
}

impl IdText {
    #[inline]
    pub(crate) fn new(id: &str) -> Self {
        let mut text = Self::Short(ArrayString::new_const());
        text.set(id);
        text
    }

    /// Writes where the text is: one that is written and then moved is waited for by the processor.
    #[inline]
    pub(crate) fn set(&mut self, id: &str) {
        if let Self::Short(text) = self {
            text.clear();
            if text.try_push_str(id).is_ok() {
                return;
            }
        }
        *self = match ArrayString::from(id) {
            Ok(short) => Self::Short(short),
            Err(_) => Self::Long(id.into()),
        };
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Short(text) => text,
            Self::Long(text) => text,
        }
    }
}

impl Default for IdText {
    #[inline]
    fn default() -> Self {
        Self::Short(ArrayString::new_const())
    }
}

impl PartialEq for IdText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for IdText {}

impl Hash for IdText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialOrd for IdText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for IdText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}
