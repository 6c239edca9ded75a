//! Which records show feature flags, besides errors.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use crate::names::feature_flag;
use crate::util::intern::interned;

/// A flag whose value every record carries.
#[derive(Clone, Debug)]
pub(crate) struct FlagField {
    pub(crate) key: Box<str>,
    /// The name of the field.
    pub(crate) name: &'static str,
}

/// The settings of one pipeline.
#[derive(Default)]
pub(crate) struct FlagSettings {
    fields: RwLock<Arc<Vec<FlagField>>>,
    /// Whether there are fields. Without any, a record takes no lock.
    has_fields: AtomicBool,
    has_events: AtomicBool,
}

impl FlagSettings {
    pub(crate) fn add(&self, key: &str) {
        // A process has few names of flags. A name past the limits of interned texts is left out.
        if let Some(name) = interned(&format!("{}{key}", feature_flag::ON_RECORD)) {
            let key = key.into();
            self.change(|fields| fields.push(FlagField { key, name }));
        }
    }

    fn change(&self, change: impl FnOnce(&mut Vec<FlagField>)) {
        let mut fields = self.fields.write().unwrap_or_else(PoisonError::into_inner);
        let fields = Arc::make_mut(&mut fields);
        change(fields);
        let mut names = HashSet::new();
        fields.retain(|field| names.insert(field.name));
        self.has_fields.store(!fields.is_empty(), Relaxed);
    }

    /// The flags whose values every record carries; `None` without any.
    #[inline]
    pub(crate) fn fields(&self) -> Option<Arc<Vec<FlagField>>> {
        self.has_fields.load(Relaxed).then(|| {
            let fields = self.fields.read().unwrap_or_else(PoisonError::into_inner);
            fields.clone()
        })
    }

    pub(crate) fn set_events(&self, on: bool) {
        self.has_events.store(on, Relaxed);
    }

    /// Whether each new value of a flag makes an event.
    pub(crate) fn has_events(&self) -> bool {
        self.has_events.load(Relaxed)
    }

    /// Adds the settings of another pipeline.
    pub(crate) fn join(&self, other: &Self) {
        if let Some(fields) = other.fields() {
            self.change(|own| own.extend(fields.iter().cloned()));
        }
        if other.has_events() {
            self.set_events(true);
        }
    }
}

impl fmt::Debug for FlagSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlagSettings")
            .field("fields", &self.fields())
            .field("has_events", &self.has_events())
            .finish()
    }
}
