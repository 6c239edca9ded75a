//! From an attribution to the parts of Sentry's events and scopes.

use std::net::IpAddr;

use sentry_core::protocol::{Context, Event, IpAddress, Map, User, Value};
use serde_json::Value as Json;
use whose::names::{attribution as names, gen_ai};
use whose::{AttributeValue, Attribution, UnattributedReason};

/// The context that holds the session, the actors, and where the user comes from.
const CONTEXT: &str = "whose";
/// Sentry's context of the trace, which no value of the application replaces.
pub(crate) const TRACE: &str = "trace";
/// The longest value of a tag that Sentry keeps, in characters.
const TAG_LENGTH: usize = 200;

/// Whether `whose` decides who the user is, also where there is none.
pub(crate) fn is_decided(attribution: &Attribution) -> bool {
    !matches!(
        attribution.unattributed(),
        Some(UnattributedReason::NoScope | UnattributedReason::GlobalOnly)
    )
}

/// The user; without an id, the pseudonym of the policy is the id.
pub(crate) fn user_of(attribution: &Attribution) -> Option<User> {
    let user = attribution.user()?;
    let text = |text: Option<&str>| text.map(String::from);
    let address = user.ip_address().and_then(|it| it.parse::<IpAddr>().ok());
    let mut other = Map::new();
    for (key, value) in [("name", user.full_name()), ("segment", user.segment())] {
        if let Some(value) = value {
            other.insert(key.into(), value.into());
        }
    }
    let attrs: serde_json::Map<_, _> = user
        .attrs()
        .map(|(key, value)| (key.into(), json_of(value)))
        .collect();
    if !attrs.is_empty() {
        other.insert("data".into(), attrs.into());
    }
    Some(User {
        id: text(user.id().or(user.hash())),
        email: text(user.email()),
        username: text(user.username()),
        ip_address: address.map(IpAddress::Exact),
        other,
    })
}

pub(crate) fn json_of(value: &whose::Value) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

pub(crate) fn json_of_attribute(value: AttributeValue<'_>) -> Value {
    match value {
        AttributeValue::Bool(value) => value.into(),
        AttributeValue::Int(value) => value.into(),
        AttributeValue::Float(value) => value.into(),
        AttributeValue::Str(value) => value.into_owned().into(),
        _ => Value::Null,
    }
}

/// Where a part of an attribution goes. `visit_attributes` names the parts.
pub(crate) enum Part<'n> {
    User,
    /// A tag of the application, with its key.
    Tag(&'n str),
    /// An extra value or a context, which a span does not take.
    Data,
    /// The session, the conversation, an actor, or where the user comes from.
    Identity {
        is_tag: bool,
    },
}

/// The identities that are tags too: those that people search for.
const TAGGED: [&str; 3] = [
    names::SESSION_ID,
    gen_ai::CONVERSATION_ID.name,
    names::ACTOR_ID,
];

impl<'n> Part<'n> {
    pub(crate) fn of(name: &'n str) -> Self {
        if name.starts_with(names::USER) {
            return Self::User;
        }
        if let Some(key) = name.strip_prefix(names::TAG_ATTRIBUTE) {
            return Self::Tag(key);
        }
        if name.starts_with(names::EXTRA_ATTRIBUTE) || name.starts_with(names::CONTEXT_ATTRIBUTE) {
            return Self::Data;
        }
        Self::Identity {
            is_tag: TAGGED.contains(&name),
        }
    }
}

/// Where the user, the session and the actor come from.
const SOURCES: [&str; 3] = [names::SOURCE, names::SESSION_SOURCE, names::ACTOR_SOURCE];

/// What the context `whose` holds.
#[derive(Clone, Copy, PartialEq)]
enum Detail {
    /// Every identity, and the sources.
    All,
    /// The identities that are no tags. An entry costs about ten allocations until it is sent.
    Untagged,
}

/// The tags, and the context `whose`.
fn tags_and_context(
    attribution: &Attribution,
    detail: Detail,
) -> (Vec<(String, String)>, Map<String, Value>) {
    let mut tags = Vec::new();
    let mut context = Map::new();
    attribution.visit_attributes(|name, value| {
        let Part::Identity { is_tag } = Part::of(name) else {
            return;
        };
        // Sentry drops a longer value; a truncated id would join two sessions.
        let text = match &value {
            AttributeValue::Str(text) if is_tag && text.chars().count() <= TAG_LENGTH => Some(text),
            _ => None,
        };
        let is_known = text.is_some() || SOURCES.contains(&name);
        if let Some(text) = text {
            tags.push((name.to_owned(), text.clone().into_owned()));
        }
        if detail == Detail::All || !is_known {
            context.insert(name.to_owned(), json_of_attribute(value));
        }
    });
    tags.extend(
        attribution
            .tags()
            .map(|(key, value)| (key.into(), value.into())),
    );
    (tags, context)
}

/// The contexts of the application.
fn contexts_of(attribution: &Attribution) -> impl Iterator<Item = (&str, Context)> {
    attribution.contexts().map(|(name, value)| {
        let map = match value {
            Json::Object(map) => map.clone().into_iter().collect(),
            other => Map::from([("value".into(), other.clone())]),
        };
        let name = if name == TRACE { "whose.trace" } else { name };
        (name, Context::Other(map))
    })
}

/// Puts an attribution on an event. Values of Sentry's scope give way.
pub(crate) fn apply_to_event(event: &mut Event<'static>, attribution: &Attribution) {
    if is_decided(attribution) {
        event.user = user_of(attribution);
    }
    let (tags, context) = tags_and_context(attribution, Detail::All);
    event.tags.extend(tags);
    let extras = attribution.extras();
    event
        .extra
        .extend(extras.map(|(key, value)| (key.into(), value.clone())));
    for (name, value) in contexts_of(attribution) {
        event.contexts.insert(name.into(), value);
    }
    let ours = event.contexts.entry(CONTEXT.into());
    if let Context::Other(map) = ours.or_insert_with(|| Context::Other(Map::new())) {
        map.extend(context);
    }
}

/// Puts an attribution on a scope, from which a transaction takes its values.
pub(crate) fn apply_to_scope(scope: &mut sentry_core::Scope, attribution: &Attribution) {
    if is_decided(attribution) {
        scope.set_user(user_of(attribution));
    }
    let (tags, context) = tags_and_context(attribution, Detail::Untagged);
    for (key, value) in tags {
        scope.set_tag(&key, value);
    }
    for (key, value) in attribution.extras() {
        scope.set_extra(key, value.clone());
    }
    for (name, value) in contexts_of(attribution) {
        scope.set_context(name, value);
    }
    if !context.is_empty() {
        scope.set_context(CONTEXT, Context::Other(context));
    }
}
