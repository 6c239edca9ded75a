use whose::{Attribution, Scope, User};

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
        Claim::Mask => Scope::anonymous(),
        Claim::Is(person) => empty.user(user(person)),
        // `None` in a builder says nothing.
        Claim::Unset => empty.user(None::<User>),
    };
    scope = scope.session(says.session);
    for (key, value) in &says.tags {
        scope = scope.tag(key, value);
    }
    if says.remote { scope.remote() } else { scope }
}

/// What an attribution says, in the words of the model.
#[must_use]
pub fn answer(at: &Attribution) -> Answer {
    let who = match (at.user(), at.source()) {
        (Some(user), Some(source)) => Who::Is(known(user), source),
        _ if at.is_anonymous() => Who::Masked,
        _ => Who::Unknown,
    };
    Answer {
        who,
        session: at.session_id().map(str::to_owned).zip(at.session_source()),
        tags: at
            .tags()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect(),
    }
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
