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
#[inline]
pub(crate) fn user_of(attribution: &Attribution) -> Option<User> {
    let user = attribution.user()?;
    Some(match attribution.has_only_ids() {
        true => User {
            id: user.id().map(String::from),
            ..User::default()
        },
        false => user_with_details(user),
    })
}

fn user_with_details(user: &whose::User) -> User {
    let text = |text: Option<&str>| text.map(String::from);
    let address = user.ip_address().and_then(|it| it.parse::<IpAddr>().ok());
    let mut other = Map::new();
    for (key, value) in [("name", user.full_name()), ("segment", user.segment())] {
        if let Some(value) = value {
            other.insert(key.into(), value.into());
        }
    }
    if user.attrs().next().is_some() {
        let attrs = user
            .attrs()
            .map(|(key, value)| (key.into(), json_of(value)));
        other.insert("data".into(), Value::Object(attrs.collect()));
    }
    User {
        id: text(user.id().or(user.hash())),
        email: text(user.email()),
        username: text(user.username()),
        ip_address: address.map(IpAddress::Exact),
        other,
    }
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
    Identity,
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
        Self::Identity
    }
}

/// Where the user, the session and the actor come from.
const SOURCES: [&str; 3] = [names::SOURCE, names::SESSION_SOURCE, names::ACTOR_SOURCE];

/// Sentry drops a longer value; a truncated id would join two sessions.
fn fits_in_a_tag(text: &str) -> bool {
    text.len() <= TAG_LENGTH || text.chars().count() <= TAG_LENGTH
}

/// The values of [`TAGGED`].
fn tagged(attribution: &Attribution) -> [Option<&str>; TAGGED.len()] {
    [
        attribution.session_id(),
        attribution.conversation_id(),
        attribution.actor_id(),
    ]
}

/// The identities that are tags too.
fn identity_tags(attribution: &Attribution) -> impl Iterator<Item = (&str, &str)> {
    let identities = TAGGED.into_iter().zip(tagged(attribution));
    identities.filter_map(|(name, text)| Some((name, text.filter(|text| fits_in_a_tag(text))?)))
}

/// Whether the context `whose` of a transaction would be empty. A visit of all attributes costs more than
/// the tags do.
fn has_only_tags(attribution: &Attribution) -> bool {
    attribution.user().is_some()
        && attribution.previous_session_id().is_none()
        && attribution.actor_id().is_none()
        && attribution.session_id().is_none_or(fits_in_a_tag)
        && attribution.conversation_id().is_none_or(fits_in_a_tag)
}

/// The context `whose` of an event: every identity, and the sources.
fn context_of(attribution: &Attribution) -> Map<String, Value> {
    let mut context = Map::new();
    attribution.visit_attributes(|name, value| {
        if let Part::Identity = Part::of(name) {
            context.insert(name.to_owned(), json_of_attribute(value));
        }
    });
    context
}

/// The context `whose` of a transaction: the identities that are no tags. An entry costs about ten
/// allocations until it is sent.
fn untagged_context_of(attribution: &Attribution) -> Map<String, Value> {
    let mut context = context_of(attribution);
    let tags = identity_tags(attribution).map(|(name, _)| name);
    for name in SOURCES.into_iter().chain(tags) {
        context.remove(name);
    }
    context
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
    let tags = identity_tags(attribution).chain(attribution.tags());
    event
        .tags
        .extend(tags.map(|(key, value)| (key.into(), value.into())));
    let extras = attribution.extras();
    event
        .extra
        .extend(extras.map(|(key, value)| (key.into(), value.clone())));
    for (name, value) in contexts_of(attribution) {
        event.contexts.insert(name.into(), value);
    }
    let ours = event.contexts.entry(CONTEXT.into());
    if let Context::Other(map) = ours.or_insert_with(|| Context::Other(Map::new())) {
        map.extend(context_of(attribution));
    }
}

/// Puts an attribution on a scope, from which a transaction takes its values.
#[inline]
pub(crate) fn apply_to_scope(scope: &mut sentry_core::Scope, attribution: &Attribution) {
    if is_decided(attribution) {
        scope.set_user(user_of(attribution));
    }
    if attribution.has_only_ids() {
        // Most attributions.
        if let Some(id) = attribution.session_id().filter(|id| fits_in_a_tag(id)) {
            scope.set_tag(names::SESSION_ID, id);
        }
    } else {
        apply_others_to_scope(scope, attribution);
    }
    if !has_only_tags(attribution) {
        let context = untagged_context_of(attribution);
        if !context.is_empty() {
            scope.set_context(CONTEXT, Context::Other(context));
        }
    }
}

/// The parts of an attribution beside its user and its context `whose`.
fn apply_others_to_scope(scope: &mut sentry_core::Scope, attribution: &Attribution) {
    for (key, value) in identity_tags(attribution).chain(attribution.tags()) {
        scope.set_tag(key, value);
    }
    for (key, value) in attribution.extras() {
        scope.set_extra(key, value.clone());
    }
    for (name, value) in contexts_of(attribution) {
        scope.set_context(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribution_of(session: &str) -> Attribution {
        let scope = whose::user("alice").session(session).conversation("c-1");
        scope.in_scope(whose::current)
    }

    /// Without this, a name that `whose` adds would be missing in the context of a transaction.
    #[test]
    fn usual_attribution_has_tags_and_sources_only() {
        let attribution = attribution_of("s-1");
        let is_known =
            |name: &String| TAGGED.contains(&name.as_str()) || SOURCES.contains(&name.as_str());
        assert!(context_of(&attribution).keys().all(is_known));
        assert!(untagged_context_of(&attribution).is_empty());
    }

    #[test]
    fn id_that_is_too_long_for_a_tag_is_in_the_context() {
        let long = "s".repeat(TAG_LENGTH + 1);
        let attribution = attribution_of(&long);
        let tags: Vec<_> = identity_tags(&attribution).collect();
        assert_eq!(tags, [("gen_ai.conversation.id", "c-1")]);
        let context = untagged_context_of(&attribution);
        assert_eq!(
            context.into_iter().collect::<Vec<_>>(),
            [("session.id".into(), long.into())]
        );
    }
}
