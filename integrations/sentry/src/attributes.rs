//! The attributes of a span of Sentry.

use sentry_core::{Data, Span};
use whose::names::{attribution as names, gen_ai};
use whose::{AttributeValue, Attribution};

use crate::convert::{self, Part};

/// Writes the attribution to a span of Sentry.
///
/// Each attribute costs a span several allocations, so a span lacks where the user comes from; the
/// transaction has it.
pub(crate) fn write(span: &Span, attribution: &Attribution) {
    let mut data = span.data();
    visit_identities(attribution, |name, text| {
        data.set_data(name.to_owned(), text.into())
    });
    if attribution.has_only_ids() {
        return;
    }
    let has_attrs = attribution
        .user()
        .is_some_and(|user| user.attrs().next().is_some());
    if has_attrs || attribution.tags().next().is_some() {
        write_others(&mut data, attribution);
    }
}

/// Visits the identities. Reading them one by one is cheaper than a visit of all attributes, and most
/// attributions have ids alone.
fn visit_identities<'a>(attribution: &'a Attribution, mut visit: impl FnMut(&str, &'a str)) {
    let mut visit = |name: &str, text: Option<&'a str>| {
        if let Some(text) = text {
            visit(name, text);
        }
    };
    visit(names::USER_ID, attribution.user_id());
    visit(names::SESSION_ID, attribution.session_id());
    visit(
        names::SESSION_PREVIOUS_ID,
        attribution.previous_session_id(),
    );
    if attribution.has_only_ids() {
        return;
    }
    if let Some(user) = attribution.user() {
        visit(names::USER_HASH, user.hash());
        visit(names::USER_EMAIL, user.email());
        visit(names::USER_NAME, user.username());
        visit(names::USER_FULL_NAME, user.full_name());
        visit(names::USER_IP_ADDRESS, user.ip_address());
        visit(names::USER_SEGMENT, user.segment());
    }
    visit(gen_ai::CONVERSATION_ID.name, attribution.conversation_id());
    visit(names::ACTOR_ID, attribution.actor_id());
}

/// Writes the tags and the parts whose names the application chooses, beside the names of the user again.
#[cold]
fn write_others(data: &mut Data<'_>, attribution: &Attribution) {
    attribution.visit_attributes(|name, value| match (Part::of(name), value) {
        (Part::Tag(key), AttributeValue::Str(text)) => data.set_tag(key.into(), text.into_owned()),
        (Part::User, value) => data.set_data(name.to_owned(), convert::json_of_attribute(value)),
        _ => {}
    });
}

#[cfg(test)]
mod tests {
    use whose::User;

    use super::*;

    /// A name that `whose` changes, or two values in the wrong place, would mislead on spans.
    #[test]
    fn names_and_values_are_those_of_an_attribution() {
        let user = User::new("u")
            .with_email("e")
            .with_username("n")
            .with_full_name("f")
            .with_ip_address("192.0.2.7")
            .with_segment("s");
        let session = whose::Session::new("s").with_previous_id("p");
        let actor = whose::Actor::agent("a");
        let scope = whose::user(user)
            .session(session)
            .conversation("c")
            .actor(actor);
        scope.in_scope(|| {
            let attribution = whose::current();
            let mut written = Vec::new();
            visit_identities(&attribution, |name, text| {
                written.push((name.to_owned(), text.to_owned()));
            });
            // Only a policy sets the hash.
            assert_eq!(written.len(), 10);
            attribution.visit_attributes(|name, value| {
                let known = written.iter().find(|(known, _)| known == name);
                match known {
                    Some((_, text)) => assert_eq!(value, AttributeValue::Str(text.into())),
                    None => assert!(name.starts_with("whose."), "{name}"),
                }
            });
        });
    }
}
