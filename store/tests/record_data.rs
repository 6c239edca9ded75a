//! Extra, contexts, breadcrumbs, feature flags and service are stored with a record.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::time::Duration;

use serde_json::json;
use support::rows;
use tracing_subscriber::prelude::*;
use whose::{Actor, Breadcrumb, RecordSink, Scope, Service};
use whose_store::{Queries, Query, Reader, Store};

#[test]
fn extra_contexts_breadcrumbs_flags_and_service_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let service = Service::new("checkout").with_version("1.2");
    let layer = whose::layer()
        .with_service(service)
        .with_sink(store.clone());
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        Scope::isolated().in_scope(|| {
            whose::set_user("alice");
            whose::set_extra("cart", json!({"items": [1, "\u{0}<b>"]}));
            whose::set_context("app", json!({"beta": true}));
            whose::add_breadcrumb(
                Breadcrumb::new("opened")
                    .with_category("ui")
                    .with_data("step", 2),
            );
            whose::flag("new_checkout", true);
            whose::flag("button", "\u{0}green");
            tracing::info!("paying");
            whose::capture_error(&std::io::Error::other("refused"));
        });
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    let session = whose::Session::new("s-2").with_previous_id("s-1");
    tracing::subscriber::with_default(
        tracing_subscriber::registry().with(whose::layer().with_sink(store.clone())),
        || whose::session(session).in_scope(|| tracing::info!("renewed")),
    );
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    let sessions = rows(Reader::open(&path).unwrap().sessions(None, &Query::all()));
    assert_eq!(
        (&*sessions[0].id, sessions[0].previous.as_deref()),
        ("s-2", Some("s-1"))
    );
    let trail = rows(Reader::open(&path).unwrap().audit("alice", &Query::all()));
    let (event, error) = (&trail[0], &trail[1]);
    for row in [event, error] {
        assert_eq!(row.extra["cart"], json!({"items": [1, "\u{0}<b>"]}));
        assert_eq!(row.contexts["app"], json!({"beta": true}));
        let service: Vec<_> = row.service.values().collect();
        assert_eq!(service, ["checkout", "1.2"]);
    }
    assert!(event.breadcrumbs.is_empty());
    let crumb = &error.breadcrumbs[0];
    assert_eq!(
        (&crumb["message"], &crumb["category"]),
        (&json!("opened"), &json!("ui"))
    );
    assert_eq!(
        (&crumb["level"], &crumb["data"]),
        (&json!("INFO"), &json!({"step": 2}))
    );
    assert!(crumb["time"].is_string());
    let flags = [
        json!({"key": "new_checkout", "value": true}),
        json!({"key": "button", "value": "\u{0}green"}),
    ];
    assert!(event.flags.is_empty());
    assert_eq!(error.flags, flags);
    let groups = rows(Reader::open(&path).unwrap().errors(None, &Query::all()));
    assert_eq!(groups[0].flags, flags);
}

#[test]
fn actors_are_stored_with_their_chain() {
    let folder = support::folder();
    let (reader, _store) = support::recorded(folder.path(), || {
        whose::user("alice").actor("operator").in_scope(|| {
            tracing::info!("by the operator");
            whose::actor(Actor::agent("planner")).in_scope(|| tracing::info!("by the planner"));
        });
        whose::user("alice").in_scope(|| tracing::info!("by herself"));
    });
    let trail = rows(reader.audit("alice", &Query::all()));
    let actors = trail.iter().map(|row| row.actor.as_deref());
    let expected = [Some("operator"), Some("planner"), None];
    assert_eq!(actors.collect::<Vec<_>>(), expected);
    assert_eq!(trail[0].actor_source.as_deref(), Some("scope"));
    let chain = [
        json!({"id": "planner", "kind": "agent"}),
        json!({"id": "operator", "kind": "user"}),
    ];
    assert_eq!(trail[1].actors, chain);
}

#[test]
fn records_of_an_actor_are_those_with_the_actor_anywhere_in_the_chain() {
    let folder = support::folder();
    let (reader, _store) = support::recorded(folder.path(), || {
        whose::user("alice").actor("operator").in_scope(|| {
            tracing::info!("first");
            whose::actor(Actor::agent("planner")).in_scope(|| tracing::info!("second"));
        });
        whose::user("bob")
            .actor("operator")
            .in_scope(|| tracing::info!("third"));
        whose::user("operator").in_scope(|| tracing::info!("as a user"));
    });
    let messages = |actor: &str| -> Vec<String> {
        let records = rows(reader.actor_records(actor, &Query::all()));
        records.into_iter().filter_map(|row| row.message).collect()
    };
    assert_eq!(messages("operator"), ["first", "second", "third"]);
    assert_eq!(messages("planner"), ["second"]);
    assert!(reader.actor_records("alice", &Query::all()).is_err());
}

#[test]
fn record_from_before_a_login_has_the_actor_of_the_login() {
    let folder = support::folder();
    let (reader, _store) = support::recorded(folder.path(), || {
        Scope::isolated().in_scope(|| {
            tracing::info!("looks up the case");
            whose::actor(Actor::agent("planner")).in_scope(|| tracing::info!("plans"));
            whose::set_user("customer");
            whose::set_actor("operator");
            tracing::info!("refunds");
        });
        // Set beside the first user, the actors are known with the user.
        Scope::isolated().actor("operator").in_scope(|| {
            tracing::info!("known before");
            whose::set_user("customer");
        });
    });
    let trail = rows(reader.audit("customer", &Query::all()));
    let actors: Vec<_> = trail
        .iter()
        .map(|row| {
            let ids = row.actors.iter().map(|actor| actor["id"].as_str().unwrap());
            let source = row.actor_source.as_deref().unwrap_or_default();
            format!("{} {source}", ids.collect::<Vec<_>>().join(" "))
        })
        .collect();
    let expected = [
        "operator late",
        "planner operator scope",
        "operator isolation",
        "operator isolation",
    ];
    assert_eq!(actors, expected);
    let of_operator = rows(reader.actor_records("operator", &Query::all()));
    assert_eq!(of_operator.len(), 4);
}
