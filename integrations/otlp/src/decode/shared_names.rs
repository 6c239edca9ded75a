//! Names that many records share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The most names that are kept.
const NAMES: usize = 8_192;
/// The longest name that is kept, in bytes.
const NAME_BYTES: usize = 256;

/// Keeps the names of spans and targets, so that records share them. A sink that caches by the address of
/// a name then finds a name again. Forgets all names when there are too many.
#[derive(Debug, Default)]
pub(super) struct SharedNames(Mutex<HashSet<Arc<str>>>);

impl SharedNames {
    pub(super) fn get(&self, name: &str) -> Arc<str> {
        if name.len() > NAME_BYTES {
            return name.into();
        }
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.get(name) {
            return Arc::clone(known);
        }
        if names.len() >= NAMES {
            names.clear();
        }
        let name: Arc<str> = name.into();
        names.insert(Arc::clone(&name));
        name
    }
}
