//! The attribution that the attributes of a received record state.

use serde_json::Value as Json;

use crate::diagnostics::Limits;
use crate::model::attribution::Gap;
use crate::model::{
    Actor, ActorKind, Attribution, ChainedActor, ConversationId, Data, ResolvedUser, ScopeId,
    SessionId, Source, UnattributedReason, User, UserId, Value,
};
use crate::names::{attribution, gen_ai};

/// The attributes of a received record that state its attribution: the inverse of
/// [`Attribution::visit_attributes`].
#[derive(Default)]
pub(super) struct ReceivedIdentity {
    /// In the order of [`attribution::USER_ID_NAMES`].
    user_ids: [Option<String>; attribution::USER_ID_NAMES.len()],
    user_fields: Vec<(Box<str>, Value)>,
    user_source: Option<Source>,
    reason: Option<UnattributedReason>,
    scope_id: Option<ScopeId>,
    session_id: Option<String>,
    previous_session_id: Option<String>,
    session_source: Option<Source>,
    actor_id: Option<String>,
    actor_kind: Option<ActorKind>,
    actor_source: Option<Source>,
    actor_chain: Vec<Actor>,
    attribution: Attribution,
}

/// The attribution, and what remains of the attributes.
pub(super) struct Finished {
    pub(super) attribution: Attribution,
    pub(super) scope_id: Option<ScopeId>,
    /// The parts of a user that nobody has identified.
    pub(super) user_fields: Vec<(Box<str>, Value)>,
}

impl ReceivedIdentity {
    /// Takes an attribute that is part of the attribution, and returns any other one.
    pub(super) fn take(&mut self, name: &str, value: Value) -> Option<Value> {
        if !attribution::is_attribution(name) {
            return Some(value);
        }
        let user_ids = attribution::USER_ID_NAMES.iter();
        if let Some((_, place)) = user_ids
            .zip(&mut self.user_ids)
            .find(|(id, _)| **id == name)
        {
            *place = Some(value.to_string());
            return None;
        }
        match name {
            attribution::SESSION_ID => self.session_id = Some(value.to_string()),
            attribution::SESSION_PREVIOUS_ID => {
                self.previous_session_id = Some(value.to_string());
            }
            attribution::ACTOR_ID => self.actor_id = Some(value.to_string()),
            attribution::ACTOR_KIND => self.actor_kind = ActorKind::parse(value.as_str()?),
            attribution::ACTOR_SOURCE => self.actor_source = Source::parse(value.as_str()?),
            attribution::ACTOR_CHAIN => self.actor_chain = actors(value.as_str()?),
            attribution::SOURCE => {
                let source = value.as_str().and_then(Source::parse);
                self.user_source = source.or(Some(Source::Remote));
            }
            attribution::SESSION_SOURCE => self.session_source = Source::parse(value.as_str()?),
            attribution::UNATTRIBUTED => {
                self.reason = value.as_str().and_then(UnattributedReason::parse);
            }
            attribution::SCOPE_ID => self.scope_id = value.as_str().and_then(ScopeId::parse),
            name if name == gen_ai::CONVERSATION_ID.name => {
                let id = ConversationId::of(&value.to_string());
                self.data().set_conversation(id);
            }
            name if name.starts_with(attribution::USER) => {
                self.user_fields.push((name.into(), value));
            }
            name => return self.take_keyed(name, value),
        }
        None
    }

    /// Takes a tag, an extra value or a context.
    fn take_keyed(&mut self, name: &str, value: Value) -> Option<Value> {
        let prefixes = [attribution::TAG_ATTRIBUTE, attribution::TAG];
        if let Some(key) = prefixes.iter().find_map(|it| name.strip_prefix(it)) {
            self.attribution.tags.set(key, &value.to_string());
        } else if let Some(key) = name.strip_prefix(attribution::EXTRA_ATTRIBUTE) {
            let extra = json_of(&value);
            self.data().set_extra(key, Some(extra));
        } else if let Some(key) = name.strip_prefix(attribution::CONTEXT_ATTRIBUTE) {
            let context = Some(json_of(&value)).filter(Json::is_object);
            if context.is_none() {
                return Some(value);
            }
            self.data().set_context(key, context);
        } else {
            return Some(value);
        }
        None
    }

    fn data(&mut self) -> &mut Data {
        self.attribution.data.get_or_insert_default()
    }

    pub(super) fn finish(mut self) -> Finished {
        let user = self.user();
        let scope_id = self.scope_id;
        self.attribution.user = match (user, self.reason) {
            (Some(user), _) => {
                ResolvedUser::Known(user, self.user_source.unwrap_or(Source::Remote))
            }
            (None, Some(UnattributedReason::Anonymous)) => ResolvedUser::Anonymous(Source::Remote),
            (None, reason) => ResolvedUser::Unknown(Gap {
                reason: reason.unwrap_or(UnattributedReason::NotSent),
                scope_id,
            }),
        };
        if let Some(id) = self.session_id.filter(|id| !id.is_empty()) {
            let mut session = None;
            SessionId::put(&mut session, &id, self.previous_session_id.map(Into::into));
            let source = self.session_source.unwrap_or(Source::Remote);
            self.attribution.session = session.map(|session| (session, source));
        }
        let actor = self.actor_id.map(|id| {
            let kind = self.actor_kind.unwrap_or(ActorKind::User);
            Actor::new(id, kind)
        });
        let chain = match self.actor_chain.is_empty() {
            true => actor.into_iter().collect(),
            false => self.actor_chain,
        };
        let source = self.actor_source.unwrap_or(Source::Remote);
        let chain = chain.into_iter().filter(|actor| !actor.id().is_empty());
        let chain = chain.map(|actor| ChainedActor { actor, source });
        self.attribution
            .set_actors(chain.take(Limits::ACTORS).collect());
        Finished {
            attribution: self.attribution,
            scope_id,
            user_fields: self.user_fields,
        }
    }

    /// The user. Parts without an id make a user only where the sender states the source of a user:
    /// otherwise they stay fields, as in a span of this process.
    fn user(&mut self) -> Option<User> {
        let mut ids = self.user_ids.iter().flatten();
        let id = ids.find_map(UserId::of);
        if id.is_none() && self.user_source.is_none() {
            return None;
        }
        let mut user = id.map_or_else(User::without_id, User::of_id);
        self.user_fields
            .retain(|(name, value)| !user.put_field(name, value));
        user.non_empty()
    }
}

/// The chain of actors, innermost first, from its JSON text.
fn actors(text: &str) -> Vec<Actor> {
    let Ok(Json::Array(actors)) = serde_json::from_str(text) else {
        return Vec::new();
    };
    let actor = |json: &Json| {
        let kind = json["kind"].as_str().and_then(ActorKind::parse);
        Some(Actor::new(
            json["id"].as_str()?,
            kind.unwrap_or(ActorKind::User),
        ))
    };
    actors.iter().filter_map(actor).collect()
}

/// The JSON value of a text that is JSON, and the text itself otherwise.
fn json_of(value: &Value) -> Json {
    let parsed = value.as_str().map(serde_json::from_str);
    match parsed {
        Some(Ok(json)) => json,
        _ => serde_json::to_value(value).unwrap_or_default(),
    }
}
