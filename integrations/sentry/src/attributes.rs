//! The attributes of a span of Sentry, and of the span that a transaction is.

use sentry_core::{Hub, TransactionOrSpan};
use sentry_tracing::SpanLayer;
use tracing::callsite::{Callsite, Identifier};
use tracing::field::{FieldSet, Value};
use tracing::metadata::Kind;
use tracing::span::Record;
use tracing::subscriber::Interest;
use tracing::{Id, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use whose::names::{attribution as names, gen_ai};
use whose::{AttributeValue, Attribution, User};

use crate::convert::{self, Part};

/// The names of the identities. They are recorded as the fields of a `tracing` span are, which is the
/// cheapest way to the span of Sentry. Each attribute costs a span several allocations, so a span lacks
/// where the user comes from; the transaction has it.
const NAMES: [&str; 11] = [
    names::USER_ID,
    names::USER_HASH,
    names::USER_EMAIL,
    names::USER_NAME,
    names::USER_FULL_NAME,
    names::USER_IP_ADDRESS,
    names::USER_SEGMENT,
    names::SESSION_ID,
    names::SESSION_PREVIOUS_ID,
    gen_ai::CONVERSATION_ID.name,
    names::ACTOR_ID,
];

/// The values of [`NAMES`]. Reading them one by one is cheaper than a visit of all attributes.
fn texts_of(attribution: &Attribution) -> [Option<&str>; NAMES.len()] {
    let user = attribution.user();
    [
        user.and_then(User::id),
        user.and_then(User::hash),
        user.and_then(User::email),
        user.and_then(User::username),
        user.and_then(User::full_name),
        user.and_then(User::ip_address),
        user.and_then(User::segment),
        attribution.session_id(),
        attribution.previous_session_id(),
        attribution.conversation_id(),
        attribution.actor_id(),
    ]
}

/// The call site that owns the fields. No subscriber hears about it.
struct Site;

static SITE: Site = Site;
static METADATA: Metadata<'static> = Metadata::new(
    "attribution",
    "whose_sentry",
    Level::INFO,
    None,
    None,
    None,
    FieldSet::new(&NAMES, Identifier(&SITE)),
    Kind::SPAN,
);

impl Callsite for Site {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &METADATA
    }
}

/// Writes the attribution to the span of Sentry that `sentry-tracing` keeps for a `tracing` span.
pub(crate) fn write<S>(id: &Id, attribution: &Attribution, ctx: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let shown = texts_of(attribution);
    let mut values: [Option<&dyn Value>; NAMES.len()] = [None; NAMES.len()];
    for (value, text) in values.iter_mut().zip(&shown) {
        *value = text.as_ref().map(|text| text as &dyn Value);
    }
    let values = METADATA.fields().value_set_all(&values);
    SpanLayer::new().on_record(id, &Record::new(&values), ctx.clone());
    let has_attrs = attribution
        .user()
        .is_some_and(|user| user.attrs().next().is_some());
    if has_attrs || attribution.tags().next().is_some() {
        write_others(id, attribution, ctx);
    }
}

/// Whether the name is a tag, or an attribute of the user.
fn is_other(name: &str) -> bool {
    match Part::of(name) {
        Part::Tag(_) => true,
        Part::User => !NAMES.contains(&name),
        Part::Data | Part::Identity { .. } => false,
    }
}

/// Writes the tags and the parts whose names the application chooses.
///
/// Only the hub gives access to the span, and the hub has the span while the span is entered.
#[cold]
fn write_others<S>(id: &Id, attribution: &Attribution, ctx: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let before = Hub::current();
    SpanLayer::new().on_enter(id, ctx.clone());
    let hub = Hub::current();
    // The hub stays the same where `sentry-tracing` does not know the span.
    if !std::sync::Arc::ptr_eq(&before, &hub) {
        if let Some(span) = hub.configure_scope(|scope| scope.get_span()) {
            write_to(&span, attribution);
        }
        SpanLayer::new().on_exit(id, ctx.clone());
    }
}

fn write_to(span: &TransactionOrSpan, attribution: &Attribution) {
    attribution.visit_attributes(|name, value| match (Part::of(name), value) {
        (Part::Tag(key), AttributeValue::Str(text)) => span.set_tag(key, text),
        (Part::User, value) if is_other(name) => {
            span.set_data(name, convert::json_of_attribute(value));
        }
        _ => {}
    });
}

#[cfg(test)]
mod tests {
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
            let texts = texts_of(&attribution);
            let mut seen = 0;
            attribution.visit_attributes(|name, value| {
                if let Some(at) = NAMES.iter().position(|it| *it == name) {
                    assert_eq!(
                        value,
                        AttributeValue::Str(texts[at].unwrap().into()),
                        "{name}"
                    );
                    seen += 1;
                } else {
                    assert!(name.starts_with("whose."), "{name}");
                }
            });
            // Only a policy sets the hash.
            assert_eq!(seen, NAMES.len() - 1);
        });
    }
}
