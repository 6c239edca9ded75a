//! Suggestions are the values and the keys in the file, and no others.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::{folder, recorded};
use tracing::{info, info_span, warn};
use whose::{Scope, User};
use whose_store::{Queries, Reader, SearchField, SuggestionsOf};

fn record() {
    let alice = User::new("alice").with_attr("tier", "gold");
    whose::user(alice)
        .session("s-1")
        .conversation("thread-7")
        .actor("operator-2")
        .tag("plan", "pro")
        .in_scope(|| {
            info!(city = "Paris", amount = 12, "asks");
            whose::usage("gpt-4o")
                .provider("openai")
                .input_tokens(1)
                .output_tokens(1)
                .record();
            whose::capture_message("refused");
        });
    whose::user("alan")
        .tag("plan", "free")
        .in_scope(|| warn!("asks"));
    whose::user(User::without_id().with_email("x@example.com")).in_scope(|| info!("asks"));
    let agent = info_span!(
        "agent",
        gen_ai.operation.name = "invoke_agent",
        gen_ai.agent.name = "planner"
    );
    agent.in_scope(|| {
        whose::usage("own-7b")
            .input_tokens(1)
            .output_tokens(1)
            .record()
    });
    Scope::isolated().in_scope(|| {
        info!("before");
        whose::set_user("bob");
    });
}

fn values(reader: &Reader, field: SearchField, prefix: &str) -> Vec<String> {
    let of = SuggestionsOf::Values(field);
    reader.suggestions(&of, prefix, 10).unwrap()
}

#[test]
fn suggestions_are_values_of_the_file() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record);
    let tag = |key: &str| SearchField::Tag(key.to_owned());
    let field = |key: &str| SearchField::Field(key.to_owned());
    let attribute = |key: &str| SearchField::UserAttribute(key.to_owned());
    let none: &[&str] = &[];
    for (of, prefix, expected) in [
        (SearchField::Type, "", &["error", "event", "span"][..]),
        (SearchField::Level, "w", &["WARN"]),
        (SearchField::Kind, "A", &["agent"]),
        (SearchField::Name, "ag", &["agent"]),
        (SearchField::Target, "sugg", &["suggestions"]),
        (SearchField::Source, "", &["late", "scope"]),
        (
            SearchField::Reason,
            "no",
            &["no_isolated_scope", "no_scope"],
        ),
        (SearchField::Failed, "t", &["true"]),
        (SearchField::Model, "g", &["gpt-4o"]),
        (SearchField::Provider, "", &["openai"]),
        (SearchField::Agent, "", &["planner"]),
        (SearchField::Tool, "", none),
        (SearchField::User, "al", &["alan", "alice"]),
        (SearchField::User, "AL", none),
        (SearchField::User, "email", &["email:x@example.com"]),
        (SearchField::Session, "s-", &["s-1"]),
        (SearchField::Session, "t", none),
        (SearchField::Conversation, "", &["thread-7"]),
        (SearchField::Actor, "op", &["operator-2"]),
        (tag("plan"), "", &["free", "pro"]),
        (tag("other"), "", none),
        (field("city"), "p", &["Paris"]),
        (field("amount"), "1", &["12"]),
        (attribute("tier"), "", &["gold"]),
        (SearchField::Duration, "", none),
        (SearchField::Fingerprint, "", none),
    ] {
        let found = values(&reader, of.clone(), prefix);
        let found: Vec<_> = found.iter().map(String::as_str).collect();
        let expected: Vec<_> = expected.to_vec();
        match of {
            SearchField::Reason => {
                assert!(!found.is_empty(), "{found:?}");
                assert!(
                    found.iter().all(|reason| reason.starts_with("no")),
                    "{found:?}"
                );
            }
            _ => assert_eq!(found, expected, "{of:?} {prefix:?}"),
        }
    }
    let keys = |of, prefix| reader.suggestions(&of, prefix, 10).unwrap();
    assert_eq!(keys(SuggestionsOf::TagKeys, ""), ["plan"]);
    assert_eq!(keys(SuggestionsOf::AttributeKeys, ""), ["tier"]);
    assert_eq!(keys(SuggestionsOf::FieldKeys, "am"), ["amount"]);
    assert_eq!(keys(SuggestionsOf::FieldKeys, "c"), ["city"]);
}

#[test]
fn suggestions_are_limited_in_alphabetical_order() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for number in (0..50).rev() {
            let scope = whose::user(format!("user-{number:02}"));
            let scope = scope
                .session(format!("s-{number:02}"))
                .tag("n", format!("{number:02}"));
            scope.in_scope(|| info!("asks"));
        }
    });
    let first = |field, limit| {
        reader
            .suggestions(&SuggestionsOf::Values(field), "", limit)
            .unwrap()
    };
    assert_eq!(first(SearchField::User, 2), ["user-00", "user-01"]);
    assert_eq!(first(SearchField::Session, 2), ["s-00", "s-01"]);
    assert_eq!(first(SearchField::Tag("n".into()), 3), ["00", "01", "02"]);
    assert_eq!(first(SearchField::User, 0), [""; 0]);
    assert_eq!(values(&reader, SearchField::Session, "s-4").len(), 10);
}
