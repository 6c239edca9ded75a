use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use serde_json::Value as Json;
use whose::{Attribution, ErrorReport, Scope, User};

use crate::model::{Answer, Known, Who};
use crate::program::{Claim, Person, Says};

/// The user that a program means.
#[must_use]
pub fn user(person: &Person) -> User {
    let mut user = User::new(person.id)
        .with_email(person.email)
        .with_segment(person.segment);
    for (key, value) in &person.attrs {
        user = user.with_attr(key, *value);
    }
    if person.supplement {
        user.supplement()
    } else {
        user
    }
}

/// Adds to a scope what a program says of it.
pub fn scope(empty: Scope, says: &Says) -> Scope {
    let mut scope = match &says.user {
        // It has no method: only a scope that says nothing else yet can be a mask.
        Claim::Mask => Scope::anonymous(),
        Claim::Is(person) => empty.user(user(person)),
        // `None` in a builder says nothing.
        Claim::Unset => empty.user(None::<User>),
    };
    scope = scope.session(says.session);
    for (key, value) in &says.tags {
        scope = scope.tag(key, value);
    }
    for (key, value) in &says.extra {
        scope = scope.extra(key, value);
    }
    for (name, fields) in &says.contexts {
        scope = scope.context(name, fields);
    }
    if says.remote { scope.remote() } else { scope }
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

/// What an attribution says, in the words of the model.
#[must_use]
pub fn answer(at: &Attribution) -> Answer {
    let who = match (at.user(), at.user_source()) {
        (Some(user), Some(source)) => Who::Is(known(user), source),
        _ if at.is_anonymous() => Who::Anonymous,
        _ => Who::Unknown,
    };
    Answer {
        who,
        session: at.session_id().map(str::to_owned).zip(at.session_source()),
        tags: at
            .tags()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect(),
        extra: owned(at.extras()),
        contexts: owned(at.contexts()),
        breadcrumbs: Vec::new(),
    }
}

fn owned<'a>(values: impl Iterator<Item = (&'a str, &'a Json)>) -> BTreeMap<String, Json> {
    values
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect()
}

/// Adds to the report of an error what a program says of it, and makes it.
pub fn report(mut report: ErrorReport, says: &Says) {
    report = match &says.user {
        Claim::Is(person) => report.user(user(person)),
        Claim::Unset | Claim::Mask => report.user(None::<User>),
    };
    report = report.session(says.session);
    for (key, value) in &says.tags {
        report = report.tag(key, value);
    }
    for (key, value) in &says.extra {
        report = report.extra(key, value);
    }
    for (name, fields) in &says.contexts {
        report = report.context(name, fields);
    }
    report.capture();
}

fn known(user: &User) -> Known {
    let text = |text: Option<&str>| text.map(str::to_owned);
    Known {
        id: text(user.id()),
        email: text(user.email()),
        segment: text(user.segment()),
        attrs: user
            .attrs()
            .map(|(k, v)| (k.to_owned(), v.to_string()))
            .collect(),
    }
}
