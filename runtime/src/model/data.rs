//! The conversation, the actors, extra and contexts: an id, a chain, serialisable values under a key,
//! and named maps of values.

use serde_json::Value as Json;

use crate::diagnostics::truncate::truncate;
use crate::diagnostics::truncation::note;
use crate::diagnostics::{Limits, Truncated};
use crate::model::actor::ChainedActor;
use crate::model::id::ConversationId;
use crate::util::{json_size, Revision, SortedMap};

/// The conversation, the actors, the extra values and the contexts of one frame or of one record.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Data {
    // Few frames have a conversation, so it does not enlarge the frames without one.
    conversation: Option<ConversationId>,
    /// Innermost first. Sorted out by the resolver, since they depend on the users of the frames.
    actors: Vec<ChainedActor>,
    extra: SortedMap<Json>,
    /// Each value is an object.
    contexts: SortedMap<Json>,
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

    pub(crate) fn conversation(&self) -> Option<&ConversationId> {
        self.conversation.as_ref()
    }

    pub(crate) fn set_conversation(&mut self, conversation: Option<ConversationId>) {
        self.conversation = conversation;
    }

    pub(crate) fn actors(&self) -> &[ChainedActor] {
        &self.actors
    }

    pub(crate) fn actors_mut(&mut self) -> &mut Vec<ChainedActor> {
        &mut self.actors
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.conversation.is_none()
            && self.actors.is_empty()
            && self.extra.is_empty()
            && self.contexts.is_empty()
    }

    /// The approximate size of the values in memory, in bytes, divided by the number of owners that
    /// share them.
    pub(crate) fn memory_share(&self) -> usize {
        let of = |values: &SortedMap<Json>| {
            let sizes = values
                .iter()
                .map(|(key, value)| key.len() + json_size(value));
            sizes.sum::<usize>() / values.sharers()
        };
        let conversation = self.conversation.as_ref().map_or(0, |id| id.as_str().len());
        let actors = self.actors.iter();
        let actors = actors.map(|chained| size_of::<ChainedActor>() + chained.actor.id().len());
        conversation + actors.sum::<usize>() + of(&self.extra) + of(&self.contexts)
    }

    pub(crate) fn set_extra(&mut self, key: &str, value: Option<Json>) {
        set(&mut self.extra, key, value, Limits::EXTRA);
    }

    pub(crate) fn set_context(&mut self, name: &str, value: Option<Json>) {
        set(&mut self.contexts, name, value, Limits::CONTEXTS);
    }

    /// Applies `extra` to each extra value, and `context` to each context.
    pub(crate) fn revise(
        &mut self,
        extra: impl Fn(&str, &Json) -> Revision<Json>,
        context: impl Fn(&str, &Json) -> Revision<Json>,
    ) {
        self.extra.revise(extra);
        self.contexts.revise(context);
    }

    /// Adds the values of `outer` that are missing here, but no actors. The inner conversation wins.
    /// Extra merges by key, contexts merge by name and then by key; the inner value wins.
    fn merge_missing(&mut self, outer: &Self) {
        if self.conversation.is_none() {
            self.conversation.clone_from(&outer.conversation);
        }
        let mut dropped = self
            .extra
            .merge_missing(&outer.extra, Limits::EXTRA, |_, _| ());
        let mut dropped_keys = 0;
        dropped +=
            self.contexts
                .merge_missing(&outer.contexts, Limits::CONTEXTS, |inner, outer| {
                    let (Json::Object(inner), Json::Object(outer)) = (inner, outer) else {
                        return;
                    };
                    for (key, value) in outer {
                        if inner.contains_key(key) {
                            continue;
                        }
                        if inner.len() >= Limits::CONTEXT_KEYS {
                            dropped_keys += 1;
                            continue;
                        }
                        inner.insert(key.clone(), value.clone());
                    }
                });
        (0..dropped + dropped_keys).for_each(|_| note(Truncated::Data));
    }
}

/// Sets or removes a value. An empty key has no effect.
fn set(values: &mut SortedMap<Json>, key: &str, value: Option<Json>, capacity: usize) {
    let key = truncate(Truncated::Data, key, Limits::ID_BYTES);
    match value {
        _ if key.is_empty() => {}
        Some(value) => match values.entry(&key, capacity) {
            Ok(entry) => *entry = value,
            Err(_) => note(Truncated::Data),
        },
        None => values.remove(&key),
    }
}

/// Merges the outer data into the inner data, except the actors. Most frames have neither.
pub(crate) fn merge_missing_data(inner: &mut Option<Box<Data>>, outer: Option<&Data>) {
    match (inner.as_deref_mut(), outer) {
        (_, None) => {}
        (None, Some(outer)) => {
            let merged = Data {
                actors: Vec::new(),
                ..outer.clone()
            };
            *inner = Some(Box::new(merged)).filter(|data| !data.is_empty());
        }
        (Some(inner), Some(outer)) => inner.merge_missing(outer),
    }
}
