//! Extra and contexts: any serialisable value under a key, and named maps of values.

mod json;

use serde_json::{Map, Value as Json};

pub(crate) use json::{context, taken};

use crate::cut::{cut, Cut};
use crate::keyed::{AtMost, Keyed};
use crate::limits::{cut_as, Limits};
use crate::policy::Action;
use crate::record::of_json;

const EXTRA: AtMost = AtMost(Limits::EXTRA, Cut::Data);
const CONTEXTS: AtMost = AtMost(Limits::CONTEXTS, Cut::Data);

/// What one frame, or one record, says beside user, session and tags.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Data {
    extra: Keyed<Json>,
    /// Each is an object.
    contexts: Keyed<Json>,
}

impl Data {
    pub(crate) fn extra(&self, key: &str) -> Option<&Json> {
        self.extra.get(key)
    }

    pub(crate) fn extras(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.extra.iter()
    }

    pub(crate) fn context(&self, name: &str) -> Option<&Json> {
        self.contexts.get(name)
    }

    pub(crate) fn contexts(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.contexts.iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.extra.is_empty() && self.contexts.is_empty()
    }

    /// About how many bytes of memory the values hold, divided by those who share them.
    pub(crate) fn memory_share(&self) -> usize {
        let of = |values: &Keyed<Json>| {
            let sizes = values.iter().map(|(key, value)| key.len() + of_json(value));
            sizes.sum::<usize>() / values.sharers()
        };
        of(&self.extra) + of(&self.contexts)
    }

    pub(crate) fn set_extra(&mut self, key: &str, value: Option<Json>) {
        set(&mut self.extra, key, value, EXTRA);
    }

    pub(crate) fn set_context(&mut self, name: &str, value: Option<Json>) {
        set(&mut self.contexts, name, value, CONTEXTS);
    }

    /// Does to each value what is said of its key, or of its name and key; what nothing is said of
    /// is not cloned.
    pub(crate) fn treat<'a>(
        &mut self,
        extra: impl Fn(&str) -> Option<&'a Action>,
        context: impl Fn(&str, &str) -> Option<&'a Action>,
    ) {
        if self.extra.iter().any(|(key, _)| extra(key).is_some()) {
            self.extra
                .retain(|key, value| extra(key).is_none_or(|action| action.on_json(value)));
        }
        let is_treated = |(name, map): (&str, &Json)| {
            let map = map.as_object();
            map.is_some_and(|map| map.keys().any(|key| context(name, key).is_some()))
        };
        if self.contexts.iter().any(is_treated) {
            self.contexts.retain(|name, map| {
                if let Json::Object(map) = map {
                    treat(map, |key| context(name, key));
                }
                true
            });
        }
    }

    /// Adds those of `outer` that are not here: extra key by key, contexts per name and then per
    /// key; the inner one wins.
    fn fill_from(&mut self, outer: &Self) {
        self.extra.fill_from(&outer.extra, EXTRA, |_, _| ());
        self.contexts
            .fill_from(&outer.contexts, CONTEXTS, |inner, outer| {
                let (Json::Object(inner), Json::Object(outer)) = (inner, outer) else {
                    return;
                };
                for (key, value) in outer {
                    if inner.contains_key(key) {
                        continue;
                    }
                    if inner.len() >= Limits::CONTEXT_KEYS {
                        cut(Cut::Data);
                        continue;
                    }
                    inner.insert(key.clone(), value.clone());
                }
            });
    }
}

/// Does to each value of a map what is said of its key.
pub(crate) fn treat<'a>(map: &mut Map<String, Json>, action: impl Fn(&str) -> Option<&'a Action>) {
    map.retain(|key, value| action(key).is_none_or(|action| action.on_json(value)));
}

/// Sets a value, or takes it out; an empty key names nothing.
fn set(values: &mut Keyed<Json>, key: &str, value: Option<Json>, most: AtMost) {
    let key = cut_as(Cut::Data, key, Limits::ID_BYTES);
    match value {
        _ if key.is_empty() => {}
        Some(value) => {
            if let Some(place) = values.place(&key, most) {
                *place = value;
            }
        }
        None => values.remove(&key),
    }
}

/// The inner data with what only the outer has; most frames have neither.
pub(crate) fn fill(inner: &mut Option<Box<Data>>, outer: Option<&Data>) {
    match (inner.as_deref_mut(), outer) {
        (_, None) => {}
        (None, Some(outer)) => *inner = Some(Box::new(outer.clone())),
        (Some(inner), Some(outer)) => inner.fill_from(outer),
    }
}
