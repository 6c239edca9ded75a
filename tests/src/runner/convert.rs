use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use serde_json::Value as Json;
use whose::{Actor, Attribution, ErrorReport, Scope, User};

use crate::model::{Answer, Chain, ChainedActor, ResolvedUser, UserFields};
use crate::program::{ActorSpec, ScopeData, UserSetting, UserSpec};

/// Converts the user of a program.
#[must_use]
pub fn user(user_spec: &UserSpec) -> User {
    let mut user = User::new(user_spec.id)
        .with_email(user_spec.email)
        .with_segment(user_spec.segment);
    for (key, value) in &user_spec.attrs {
        user = user.with_attr(key, *value);
    }
    if user_spec.supplement {
        user.supplement()
    } else {
        user
    }
}

/// Converts an actor of a program.
#[must_use]
pub(super) fn actor(actor: &ActorSpec) -> Actor {
    Actor::new(actor.id, actor.kind)
}

/// Adds the data of a program to a scope.
pub fn scope(empty: Scope, data: &ScopeData) -> Scope {
    let mut scope = match &data.user {
        // A builder has no method for an anonymous user, so the scope starts as an anonymous scope.
        UserSetting::Anonymous => Scope::anonymous(),
        UserSetting::Is(user_spec) => empty.user(user(user_spec)),
        // `None` in a builder has no effect.
        UserSetting::Unset => empty.user(None::<User>),
    };
    scope = scope.session(data.session).conversation(data.conversation);
    for spec in &data.actors {
        scope = scope.actor(actor(spec));
    }
    for (key, value) in &data.tags {
        scope = scope.tag(key, value);
    }
    for (key, value) in &data.extra {
        scope = scope.extra(key, value);
    }
    for (name, fields) in &data.contexts {
        scope = scope.context(name, fields);
    }
    if data.remote { scope.remote() } else { scope }
}

/// An error whose message is its number.
#[derive(Debug)]
pub struct Numbered(pub u64);

impl fmt::Display for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Error for Numbered {}

/// Converts an attribution to an answer of the model.
#[must_use]
pub fn answer(attribution: &Attribution) -> Answer {
    let user = match (attribution.user(), attribution.user_source()) {
        (Some(user), Some(source)) => ResolvedUser::Is(user_fields(user), source),
        _ if attribution.is_anonymous() => ResolvedUser::Anonymous,
        _ => ResolvedUser::Unknown,
    };
    Answer {
        user,
        session: attribution
            .session_id()
            .map(str::to_owned)
            .zip(attribution.session_source()),
        conversation: attribution.conversation_id().map(str::to_owned),
        actors: chain(attribution),
        tags: attribution
            .tags()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect(),
        extra: owned(attribution.extras()),
        contexts: owned(attribution.contexts()),
        breadcrumbs: Vec::new(),
    }
}

/// The chain of an attribution, which shows only the source of the innermost actor.
fn chain(attribution: &Attribution) -> Chain {
    let mut sources = attribution.actor_source().into_iter();
    let actors = attribution.actors().map(|actor| ChainedActor {
        id: actor.id().to_owned(),
        kind: actor.kind(),
        source: sources.next(),
    });
    Chain::new(actors.collect())
}

fn owned<'a>(values: impl Iterator<Item = (&'a str, &'a Json)>) -> BTreeMap<String, Json> {
    values
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect()
}

/// Adds the data of a program to an error report and captures the error.
pub fn report(mut report: ErrorReport, data: &ScopeData) {
    report = match &data.user {
        UserSetting::Is(user_spec) => report.user(user(user_spec)),
        UserSetting::Unset | UserSetting::Anonymous => report.user(None::<User>),
    };
    report = report.session(data.session).conversation(data.conversation);
    for spec in &data.actors {
        report = report.actor(actor(spec));
    }
    for (key, value) in &data.tags {
        report = report.tag(key, value);
    }
    for (key, value) in &data.extra {
        report = report.extra(key, value);
    }
    for (name, fields) in &data.contexts {
        report = report.context(name, fields);
    }
    report.capture();
}

/// Records a score whose value is its number, with the data of a program.
pub(super) fn score(number: u64, data: &ScopeData) {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let mut report = whose::score("n", number)
        .session(data.session)
        .conversation(data.conversation);
    if let UserSetting::Is(user_spec) = &data.user {
        report = report.user(user(user_spec));
    }
    for spec in &data.actors {
        report = report.actor(actor(spec));
    }
    report.record();
}

fn user_fields(user: &User) -> UserFields {
    let text = |text: Option<&str>| text.map(str::to_owned);
    UserFields {
        id: text(user.id()),
        email: text(user.email()),
        segment: text(user.segment()),
        attrs: user
            .attrs()
            .map(|(k, v)| (k.to_owned(), v.to_string()))
            .collect(),
    }
}
