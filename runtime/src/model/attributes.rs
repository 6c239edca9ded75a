//! The parts of an attribution, each with its name on the wire.

use std::borrow::Cow;

use serde_json::{json, Value as Json};

use crate::model::actor::Actor;
use crate::model::attribution::Attribution;
use crate::model::source::Source;
use crate::model::unattributed::UnattributedReason;
use crate::model::user::User;
use crate::model::value::Value;
use crate::names::{attribution, gen_ai};

/// The value of an attribute of another tool: see [`Attribution::visit_attributes`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AttributeValue<'a> {
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A string. JSON values, and whole numbers past the range of [`AttributeValue::Int`], are strings.
    Str(Cow<'a, str>),
}

impl<'a> From<&'a Value> for AttributeValue<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::UInt(value) => match i64::try_from(*value) {
                Ok(value) => Self::Int(value),
                Err(_) => Self::Str(value.to_string().into()),
            },
            Value::Float(value) => Self::Float(*value),
            Value::Str(value) => Self::Str(Cow::Borrowed(value)),
        }
    }
}

/// The most bytes of a name that is written without an allocation.
const SHORT_NAME: usize = 96;

impl Attribution {
    /// Calls `visit` with the name and the value of each part, as OpenTelemetry spells them.
    ///
    /// Use the method to copy an attribution to the spans, events or logs of another tool. The names
    /// are those of the [JSON form](crate::Record#as-json) of a record. Parts without a standard name
    /// stand under `whose.`: a tag is `whose.tag.<key>`, an extra value `whose.extra.<key>`, a context
    /// `whose.context.<name>`. Extra values, contexts and a chain of several actors are JSON texts.
    ///
    /// ```
    /// use whose::AttributeValue;
    ///
    /// whose::user("alice").session("s-1").tag("plan", "pro").in_scope(|| {
    ///     let mut seen = Vec::new();
    ///     whose::current().visit_attributes(|name, value| match value {
    ///         AttributeValue::Str(text) => seen.push(format!("{name}={text}")),
    ///         other => seen.push(format!("{name}={other:?}")),
    ///     });
    ///     assert_eq!(seen[..3], ["user.id=alice", "session.id=s-1", "whose.source=scope"]);
    ///     assert!(seen.contains(&"whose.tag.plan=pro".to_owned()));
    /// });
    /// ```
    pub fn visit_attributes<'a>(&'a self, mut visit: impl FnMut(&str, AttributeValue<'a>)) {
        let visit: Visit<'_, 'a> = &mut visit;
        if let Some(user) = self.user() {
            texts(visit, user.texts());
            for (key, value) in user.attrs() {
                under(visit, attribution::USER_ATTRS, key, value.into());
            }
        }
        texts(visit, self.texts());
        self.visit_chain(visit);
        if let Some(id) = self.scope_id() {
            let id = AttributeValue::Str(id.to_string().into());
            visit(attribution::SCOPE_ID, id);
        }
        for (key, value) in self.tags() {
            under(visit, attribution::TAG_ATTRIBUTE, key, value.into());
        }
        for (key, value) in self.extras() {
            under(visit, attribution::EXTRA_ATTRIBUTE, key, json_text(value));
        }
        for (name, value) in self.contexts() {
            under(
                visit,
                attribution::CONTEXT_ATTRIBUTE,
                name,
                json_text(value),
            );
        }
    }

    /// The parts that are texts, except those of the user.
    pub(crate) fn texts(&self) -> [(&'static str, Option<&str>); 9] {
        let actor = self.actor();
        let source = |source: Option<Source>| source.map(Source::as_str);
        [
            (attribution::SESSION_ID, self.session_id()),
            (attribution::SESSION_PREVIOUS_ID, self.previous_session_id()),
            (gen_ai::CONVERSATION_ID.name, self.conversation_id()),
            (attribution::ACTOR_ID, actor.map(Actor::id)),
            (
                attribution::ACTOR_KIND,
                actor.map(|actor| actor.kind().as_str()),
            ),
            (attribution::ACTOR_SOURCE, source(self.actor_source())),
            (attribution::SOURCE, source(self.user_source())),
            (attribution::SESSION_SOURCE, source(self.session_source())),
            (
                attribution::UNATTRIBUTED,
                self.unattributed().map(UnattributedReason::as_str),
            ),
        ]
    }

    fn visit_chain<'a>(&'a self, visit: Visit<'_, 'a>) {
        let chain = self.chained_actors();
        if chain.len() > 1 {
            let actors = chain.iter().map(|chained| &chained.actor);
            let chain: Json = actors
                .map(|actor| json!({"id": actor.id(), "kind": actor.kind().as_str()}))
                .collect();
            let chain = AttributeValue::Str(chain.to_string().into());
            visit(attribution::ACTOR_CHAIN, chain);
        }
    }
}

impl User {
    /// The parts that are texts.
    pub(crate) fn texts(&self) -> [(&'static str, Option<&str>); 7] {
        [
            (attribution::USER_ID, self.id()),
            (attribution::USER_HASH, self.hash()),
            (attribution::USER_EMAIL, self.email()),
            (attribution::USER_NAME, self.username()),
            (attribution::USER_FULL_NAME, self.full_name()),
            (attribution::USER_IP_ADDRESS, self.ip_address()),
            (attribution::USER_SEGMENT, self.segment()),
        ]
    }
}

type Visit<'v, 'a> = &'v mut dyn FnMut(&str, AttributeValue<'a>);

impl<'a> From<&'a str> for AttributeValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Str(Cow::Borrowed(text))
    }
}

fn texts<'a, const N: usize>(visit: Visit<'_, 'a>, texts: [(&str, Option<&'a str>); N]) {
    for (name, value) in texts {
        if let Some(value) = value {
            visit(name, value.into());
        }
    }
}

fn json_text(value: &Json) -> AttributeValue<'_> {
    match value {
        Json::String(text) => AttributeValue::Str(Cow::Borrowed(text)),
        other => AttributeValue::Str(other.to_string().into()),
    }
}

/// Visits a value under a prefixed name. A usual name needs no allocation.
fn under<'a>(visit: Visit<'_, 'a>, prefix: &str, key: &str, value: AttributeValue<'a>) {
    let mut name = arrayvec::ArrayString::<SHORT_NAME>::new();
    let is_short = name.try_push_str(prefix).is_ok() && name.try_push_str(key).is_ok();
    if is_short {
        visit(&name, value);
    } else {
        visit(&format!("{prefix}{key}"), value);
    }
}
