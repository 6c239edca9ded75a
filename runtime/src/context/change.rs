//! One change to an isolated scope, or to the values of the process.

use std::panic::Location;

use serde::Serialize;
use serde_json::Value as Json;

use crate::frame::{ScopeData, Slot};
use crate::model::{Actor, AsActor, AsId, AsUser, ConversationId, SessionId, Tags, User};
use crate::user_code;
use crate::util::SetAt;

/// One change to a target.
pub(crate) enum Write {
    /// The user, and the actors that the scope of the user states, outermost first.
    User(Slot<User>, Vec<Actor>),
    Session(Option<SessionId>),
    Actor(Option<Actor>),
    Conversation(Option<ConversationId>),
    Tags(Tags),
    RemoveTag(Box<str>),
    /// Sets the value under a key; `None` removes the value.
    Extra(Box<str>, Option<Json>),
    Context(Box<str>, Option<Json>),
}

impl Write {
    pub(crate) fn set_user(user: &impl AsUser) -> Self {
        let user = user.as_user().map_or(Slot::Unset, Slot::Set);
        Self::User(user, Vec::new())
    }

    pub(crate) fn set_actor(actor: &impl AsActor) -> Self {
        Self::Actor(Actor::of(actor))
    }

    pub(crate) fn set_conversation(conversation: &impl AsId) -> Self {
        Self::Conversation(ConversationId::of(conversation))
    }

    pub(crate) fn extra(key: &str, value: &impl Serialize) -> Option<Self> {
        Some(Self::Extra(
            key.into(),
            Some(user_code::to_bounded_json(value)?),
        ))
    }

    pub(crate) fn context(name: &str, value: &impl Serialize) -> Option<Self> {
        Some(Self::Context(
            name.into(),
            Some(user_code::to_context(value)?),
        ))
    }

    pub(crate) fn apply(self, data: &mut ScopeData, caller: &'static Location<'static>) {
        match self {
            Self::User(user, actors) => {
                // Who acted for the user before does not act for another one.
                if user.ends_actors_of(&data.user) {
                    data.clear_actors();
                }
                if !user.is_unset() {
                    data.user_set_at = SetAt::Call(caller);
                }
                data.user = user;
                if !actors.is_empty() {
                    data.clear_actors();
                }
                for actor in actors {
                    data.add_actor(actor);
                }
            }
            Self::Session(session) => {
                data.session = session;
                data.session_set_at = SetAt::Call(caller);
            }
            Self::Actor(actor) => {
                data.clear_actors();
                if let Some(actor) = actor {
                    data.add_actor(actor);
                }
            }
            Self::Conversation(None) => {
                if let Some(data) = &mut data.data {
                    data.set_conversation(None);
                }
            }
            Self::Conversation(id) => data.data.get_or_insert_default().set_conversation(id),
            Self::Tags(tags) => data.tags.extend(tags),
            Self::RemoveTag(key) => data.tags.remove(&key),
            Self::Extra(key, value) => {
                data.data.get_or_insert_default().set_extra(&key, value);
            }
            Self::Context(name, value) => {
                data.data.get_or_insert_default().set_context(&name, value);
            }
        }
    }

    /// Removes the value that a trusted peer sent. A clear removes that value too, because it is the
    /// visible one.
    pub(crate) fn clear_remote(&self, remote: &mut ScopeData) {
        match self {
            Self::User(..) => {
                remote.user = Slot::Unset;
                remote.clear_actors();
            }
            Self::Actor(_) => remote.clear_actors(),
            Self::Session(_) => remote.session = None,
            Self::Conversation(_) => {
                if let Some(data) = &mut remote.data {
                    data.set_conversation(None);
                }
            }
            Self::RemoveTag(key) => remote.tags.remove(key),
            Self::Extra(key, None) => {
                if let Some(data) = &mut remote.data {
                    data.set_extra(key, None);
                }
            }
            // The new context replaces the context of the same level.
            Self::Context(name, _) => {
                if let Some(data) = &mut remote.data {
                    data.set_context(name, None);
                }
            }
            Self::Tags(_) | Self::Extra(_, Some(_)) => {}
        }
    }

    /// Whether a scope with a user hides the write.
    pub(crate) fn is_hidden_by_user(&self) -> bool {
        matches!(self, Self::User(..) | Self::Actor(_))
    }

    pub(crate) fn is_shadowed_by(&self, data: &ScopeData) -> bool {
        match self {
            Self::User(..) => !data.user.is_unset(),
            Self::Session(_) => data.session.is_some(),
            Self::Actor(_) => !data.user.is_unset(),
            Self::Conversation(_) => {
                let data = data.data.as_ref();
                data.is_some_and(|data| data.conversation().is_some())
            }
            Self::Tags(tags) => tags.iter().any(|(key, _)| data.tags.get(key).is_some()),
            Self::RemoveTag(key) => data.tags.get(key).is_some(),
            Self::Extra(key, _) => data.data.as_ref().is_some_and(|d| d.extra(key).is_some()),
            // Contexts merge by key, so an inner context hides only its own keys.
            Self::Context(name, value) => data.data.as_ref().is_some_and(|data| {
                let inner = data.context(name).and_then(Json::as_object);
                let outer = value.as_ref().and_then(Json::as_object);
                inner.is_some_and(|inner| {
                    outer.is_none_or(|outer| outer.keys().any(|key| inner.contains_key(key)))
                })
            }),
        }
    }
}
