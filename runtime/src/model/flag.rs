//! Evaluations of feature flags.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use crate::diagnostics::truncate::truncate;
use crate::diagnostics::{Limits, Truncated};
use crate::model::value::{AsValue, Value};
use crate::util::{Exclusive, Moment};

/// The last evaluation of one feature flag.
#[derive(Clone, PartialEq)]
pub(crate) struct Flag {
    key: Box<str>,
    value: Value,
    /// When the flag was evaluated, in nanoseconds since 1970.
    time: u64,
}

impl Flag {
    /// An evaluation that happens now; `None` without a key or a value.
    pub(crate) fn of(key: &str, value: &impl AsValue) -> Option<Arc<Self>> {
        let value = match value.as_value()? {
            Value::Str(text) => Value::from(truncate(Truncated::Text, &text, Limits::FLAG_BYTES)),
            other => other,
        };
        (!key.is_empty()).then(|| {
            Arc::new(Self {
                key: truncate(Truncated::Text, key, Limits::FLAG_BYTES).into(),
                value,
                time: Moment::now().unix_nanos(),
            })
        })
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn with_value(mut self, value: Value) -> Self {
        self.value = value;
        self
    }

    /// The approximate size of the flag in memory, in bytes.
    pub(crate) fn memory_size(&self) -> usize {
        mem::size_of::<Self>() + self.key.len() + self.value.as_str().map_or(0, str::len)
    }
}

/// The flags that one isolated scope or the process evaluated last, each key once, the oldest first.
type Evaluated = Vec<Arc<Flag>>;

/// The flags of one isolated scope or of the process.
#[derive(Default)]
pub(crate) struct Flags(Mutex<Option<Arc<Evaluated>>>);

impl Flags {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Keeps an evaluation as the newest one, in place of an earlier one of the same key, and removes the
    /// oldest key at the limit. Returns whether the value is new here.
    pub(crate) fn add(&self, flag: Arc<Flag>) -> bool {
        let (is_new, removed) = {
            let Some(_exclusive) = Exclusive::enter() else {
                return false;
            };
            let mut flags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // A reader may still hold the list. Then the writer copies the list instead of waiting.
            let flags = Arc::make_mut(flags.get_or_insert_default());
            // The same flags are evaluated again and again: search from the newest.
            let earlier = flags.iter().rposition(|kept| kept.key == flag.key);
            let is_full = flags.len() >= Limits::FLAGS;
            let earlier = earlier.map(|at| flags.remove(at));
            let is_new = earlier.as_ref().is_none_or(|kept| kept.value != flag.value);
            let removed = earlier.or_else(|| is_full.then(|| flags.remove(0)));
            flags.push(flag);
            (is_new, removed)
        };
        drop(removed);
        is_new
    }

    pub(crate) fn read(&self) -> Option<Arc<Evaluated>> {
        let _exclusive = Exclusive::enter()?;
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.read().map_or(0, |flags| flags.len());
        f.debug_tuple("Flags").field(&count).finish()
    }
}

/// The newest flags of several frames, innermost frame first. The value of an inner frame covers those
/// outside. Returns the oldest first.
pub(crate) fn newest_flags<'a>(frames: impl Iterator<Item = &'a Flags>) -> Vec<Arc<Flag>> {
    let mut visible: Vec<Arc<Flag>> = Vec::new();
    for flags in frames.filter_map(Flags::read) {
        let inner = visible.len();
        for flag in flags.iter() {
            if visible[..inner].iter().all(|other| other.key != flag.key) {
                visible.push(flag.clone());
            }
        }
    }
    visible.sort_by_key(|flag| flag.time);
    visible.drain(..visible.len().saturating_sub(Limits::FLAGS));
    visible
}

/// The values of some flags in several frames, innermost frame first.
pub(crate) struct FlagValues(Vec<Arc<Evaluated>>);

impl FlagValues {
    pub(crate) fn of<'a>(frames: impl Iterator<Item = &'a Flags>) -> Self {
        Self(frames.filter_map(Flags::read).collect())
    }

    /// The value of the innermost evaluation of a flag.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let mut flags = self.0.iter().flat_map(|flags| flags.iter());
        flags.find(|flag| &*flag.key == key).map(|flag| &flag.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(flags: &[Arc<Flag>]) -> Vec<&str> {
        flags.iter().map(|flag| flag.key()).collect()
    }

    #[test]
    fn flag_evaluated_again_is_the_newest_once() {
        let flags = Flags::new();
        for (key, is_on, is_new) in [
            ("a", true, true),
            ("b", true, true),
            ("a", true, false),
            ("b", false, true),
            ("a", true, false),
        ] {
            assert_eq!(flags.add(Flag::of(key, &is_on).unwrap()), is_new, "{key}");
        }
        let newest = newest_flags([&flags].into_iter());
        assert_eq!(keys(&newest), ["b", "a"]);
        assert_eq!(newest[0].value(), &Value::Bool(false));
    }

    #[test]
    fn scope_keeps_no_more_keys_than_the_limit() {
        let flags = Flags::new();
        for number in 0..2 * Limits::FLAGS {
            flags.add(Flag::of(&number.to_string(), &true).unwrap());
            flags.add(Flag::of("same", &true).unwrap());
        }
        let kept = flags.read().unwrap();
        assert_eq!(kept.len(), Limits::FLAGS);
        assert_eq!((kept[0].key(), kept[98].key()), ("101", "199"));
    }

    #[test]
    fn inner_value_of_a_key_covers_the_outer_one() {
        let (inner, outer) = (Flags::new(), Flags::new());
        inner.add(Flag::of("a", &1).unwrap());
        outer.add(Flag::of("b", &2).unwrap());
        outer.add(Flag::of("a", &3).unwrap());
        let newest = newest_flags([&inner, &outer].into_iter());
        assert_eq!(keys(&newest), ["a", "b"]);
        assert_eq!(newest[0].value(), &Value::Int(1));
        let values = FlagValues::of([&inner, &outer].into_iter());
        assert_eq!(values.get("a"), Some(&Value::Int(1)));
        assert_eq!(values.get("c"), None);
    }

    #[test]
    fn flag_without_key_or_value_is_none() {
        assert!(Flag::of("", &true).is_none());
        assert!(Flag::of("a", &None::<bool>).is_none());
    }
}
