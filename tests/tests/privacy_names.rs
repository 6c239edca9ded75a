//! A policy rule applies to every value of a record that its name matches, and to no other value.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tracing::Level;
use tracing_subscriber::prelude::*;
use whose::{
    Breadcrumb, Policy, PolicyError, PolicyKey, Record, RecordType, Scope, Scrubber, Session, User,
};
use whose_tests::memory_sink::MemorySink;

/// A layer with this policy that keeps every event as a breadcrumb.
fn layer(policy: Policy) -> whose::Layer {
    let layer = whose::layer().with_policy(policy).unwrap();
    layer
        .with_breadcrumbs(Level::INFO, |_| true)
        .with_backtraces(true)
}

/// The records that `log` makes in an isolated scope under a policy.
fn under(policy: Policy, log: impl FnOnce()) -> Vec<Arc<Record>> {
    let kept = MemorySink::default();
    let layer = layer(policy).with_sink(kept.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        Scope::isolated().in_scope(log);
    });
    kept.records()
}

/// The only error that `log` makes in an isolated scope under a policy.
fn error_under(policy: Policy, log: impl FnOnce()) -> Arc<Record> {
    let mut records = under(policy, log);
    records.retain(|record| record.record_type() == RecordType::Error);
    assert_eq!(records.len(), 1, "{records:?}");
    records.remove(0)
}

fn json_of(record: &Arc<Record>) -> String {
    serde_json::to_string(&**record).unwrap()
}

fn key() -> PolicyKey {
    PolicyKey::new("k1", [7; 32]).unwrap()
}

#[derive(Debug)]
struct Declined(&'static str, Option<Box<Declined>>);

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Declined {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_ref().map(|inner| &**inner as &dyn Error)
    }
}

fn fail() {
    whose::capture_error(&Declined("declined", None));
}

#[test]
fn ids_only_policy_removes_email_from_breadcrumb() {
    let error = error_under(Policy::ids_only(), || {
        tracing::info!(user.email = "alice@example.com", step = 1, "signed in");
        whose::add_breadcrumb(
            Breadcrumb::new("by hand").with_data("user", json!({"name": "alice@example.com"})),
        );
        fail();
    });
    assert!(!json_of(&error).contains("alice@"), "{}", json_of(&error));
    let crumbs: Vec<_> = error.breadcrumbs().collect();
    assert_eq!(crumbs[0].data("step"), Some(&json!(1)));
    assert_eq!(
        (crumbs[1].message(), crumbs[1].all_data().len()),
        ("by hand", 0)
    );
}

#[test]
fn field_rule_applies_to_every_value_of_that_name() {
    let work = || {
        let card = "SECRET";
        whose::add_breadcrumb(Breadcrumb::new("crumb").with_data("card", card));
        tracing::info!(card, "event");
        whose::user(User::new("alice").with_attr("card", card))
            .tag("card", card)
            .extra("card", card)
            .extra("payment", json!({"card": {"number": card}, "sum": 3}))
            .extra("carts", json!([{"card": card}, {"n": 1}]))
            .context("app", json!({"card": card, "up": true}))
            .in_scope(|| {
                tracing::info_span!("span", card, order.card = card).in_scope(fail);
            });
    };
    let records = under(Policy::new().drop("card"), work);
    for record in &records {
        assert!(!json_of(record).contains("SECRET"), "{}", json_of(record));
    }
    let error = records
        .iter()
        .find(|it| it.message() == Some("declined"))
        .unwrap();
    assert_eq!(error.extra("payment"), Some(&json!({"sum": 3})));
    assert_eq!(error.extra("carts"), Some(&json!([{"n": 1}])));
    assert_eq!(error.context("app"), Some(&json!({"up": true})));
    assert_eq!(error.extra("card"), None);
    assert_eq!(error.user_id(), Some("alice"));

    let masked = under(Policy::new().mask("card"), work);
    let error = masked
        .iter()
        .find(|it| it.message() == Some("declined"))
        .unwrap();
    assert_eq!(
        error.extra("payment"),
        Some(&json!({"card": "[masked]", "sum": 3}))
    );
    assert_eq!(
        error.breadcrumbs().next().unwrap().data("card"),
        Some(&json!("[masked]"))
    );
    // The policy does not change the values in the scope.
    assert!(json_of(&under(Policy::new(), work)[1]).contains("SECRET"));
}

#[test]
fn pattern_applies_to_nested_values() {
    let policy = Policy::new()
        .drop("*.card*")
        .pseudonymise("extra.*.mail", &key());
    let error = error_under(policy, || {
        whose::set_extra(
            "payment",
            json!({"cards": ["SECRET"], "card_no": "SECRET", "to": {"mail": "a@x.org"}}),
        );
        fail();
    });
    let expected = json!({"to": {"mail": key().pseudonym("a@x.org")}});
    assert_eq!(error.extra("payment"), Some(&expected));
}

#[test]
fn object_rule_holds_unless_part_has_own_rule() {
    let work = || {
        let payment =
            json!({"plan": "pro", "card": {"number": "SECRET", "SECRET": 1}, "n": [1, 2]});
        whose::set_extra("payment", payment);
        fail();
    };
    let masked = |policy| error_under(policy, work).extra("payment").cloned();
    let policy = Policy::new().mask("extra.payment");
    assert_eq!(masked(policy.clone()), Some(json!("[masked]")));
    let expected = json!({"plan": "pro", "card": "[masked]", "n": ["[masked]", "[masked]"]});
    let remaining = masked(policy.keep("extra.payment.plan"));
    assert_eq!(
        remaining.as_ref().map(|it| &it["plan"]),
        Some(&expected["plan"])
    );
    assert_eq!(
        remaining.as_ref().map(|it| &it["card"]),
        Some(&expected["card"])
    );
    let dropped = Policy::new().drop("extra").keep("extra.payment.plan");
    assert_eq!(masked(dropped), Some(json!({"plan": "pro"})));
    assert_eq!(masked(Policy::new().drop("extra.payment")), None);
}

#[test]
fn rule_applies_inside_truncated_and_deep_values() {
    let work = || {
        let long = json!({"card": "SECRET", "list": "x".repeat(9_000)});
        let mut deep = json!({"card": "SECRET"});
        for _ in 0..200 {
            deep = json!({"a": deep});
        }
        whose::set_extra("long", &long);
        whose::set_extra("tail", json!({"a": "x".repeat(8_170), "card": "SECRET"}));
        whose::set_extra("deep", deep);
        whose::set_context("app", &long);
        whose::add_breadcrumb(Breadcrumb::new("crumb").with_data("long", &long));
        fail();
    };
    for rule in ["card", "*.card"] {
        let error = error_under(Policy::new().drop(rule), work);
        assert!(
            !json_of(&error).contains("SECRET"),
            "{rule}: {}",
            json_of(&error)
        );
    }
    let policy = Policy::new()
        .drop("context.app.card")
        .drop("extra.long.card")
        .drop("extra.tail.card")
        .drop("extra.deep")
        .drop("breadcrumb.long.card");
    let error = error_under(policy, work);
    assert!(!json_of(&error).contains("SECRET"), "{}", json_of(&error));
    // A value that no rule matches stays truncated.
    let kept = error_under(Policy::new().drop("breadcrumb.none"), work);
    assert!(
        kept.extra("long")
            .is_some_and(|it| it.as_str().unwrap().ends_with("x…"))
    );
}

#[test]
fn breadcrumb_texts_have_names() {
    let work = || {
        whose::add_breadcrumb(
            Breadcrumb::new("SECRET 1")
                .with_category("SECRET 2")
                .with_type("SECRET 3"),
        );
        fail();
    };
    let policy = Policy::new()
        .mask("breadcrumb.message")
        .drop("category")
        .mask("breadcrumb.type");
    let error = error_under(policy, work);
    let crumb = error.breadcrumbs().next().unwrap();
    assert_eq!(
        (crumb.message(), crumb.category(), crumb.breadcrumb_type()),
        ("[masked]", None, Some("[masked]"))
    );
    assert_eq!(error.message(), Some("declined"));
    let without_breadcrumbs = error_under(Policy::new().drop("breadcrumb"), work);
    assert_eq!(without_breadcrumbs.breadcrumbs().count(), 0);
}

#[test]
fn drop_all_policy_keeps_structure() {
    let records = under(Policy::new().drop("*"), || {
        let user = User::new("SECRET")
            .with_email("SECRET")
            .with_username("SECRET")
            .with_full_name("SECRET")
            .with_ip_address("SECRET")
            .with_segment("SECRET")
            .with_attr("plan", "SECRET");
        whose::user(user)
            .session(Session::new("SECRET 2").with_previous_id("SECRET"))
            .tag("plan", "SECRET")
            .extra("cart", json!({"a": ["SECRET"]}))
            .context("app", json!({"a": "SECRET"}))
            .in_scope(|| {
                whose::add_breadcrumb(
                    Breadcrumb::new("SECRET")
                        .with_category("SECRET")
                        .with_data("a", "SECRET"),
                );
                let declined = Declined("SECRET", Some(Box::new(Declined("SECRET", None))));
                tracing::info_span!("span", card = "SECRET", late = tracing::field::Empty)
                    .in_scope(|| {
                        tracing::Span::current().record("late", "SECRET");
                        tracing::error!(err = %declined, n = 17, "SECRET");
                        tracing::warn!(cause = &declined as &dyn Error, "SECRET");
                        whose::capture_error(&declined);
                        whose::usage("SECRET")
                            .provider("SECRET")
                            .input_tokens(17)
                            .record();
                    });
            });
    });
    assert_eq!(records.len(), 5);
    const STRUCTURE: [&str; 18] = [
        "type",
        "time",
        "duration_ns",
        "name",
        "target",
        "level",
        "file",
        "line",
        "kind",
        "status",
        "trace_id",
        "span_id",
        "parent_id",
        "whose.unattributed",
        "whose.scope_id",
        "error.fingerprint",
        "error.span_path",
        "service",
    ];
    for record in &records {
        assert!(!json_of(record).contains("SECRET"), "{}", json_of(record));
        let json: Json = serde_json::from_str(&json_of(record)).unwrap();
        for key in json.as_object().unwrap().keys() {
            assert!(
                STRUCTURE.contains(&key.as_str()),
                "{key}: {}",
                json_of(record)
            );
        }
    }
}

#[test]
fn one_rule_drops_every_copy_of_error_text() {
    let text = || Declined("SECRET", Some(Box::new(Declined("SECRET", None))));
    type Log = fn(&Declined);
    let logs: [(&str, Log); 4] = [
        (
            "err",
            |e| tracing::error!(err = %e, n = 1, "payment failed"),
        ),
        (
            "error",
            |e| tracing::error!(error = %e, n = 1, "payment failed"),
        ),
        ("cause", |e| {
            tracing::error!(cause = e as &dyn Error, n = 1, "payment failed")
        }),
        ("cause", |e| {
            tracing::warn!(cause = e as &dyn Error, n = 1, "payment failed")
        }),
    ];
    for (field, log) in logs {
        for rule in [field, "message"] {
            for mask in [false, true] {
                let policy = match mask {
                    true => Policy::new().mask(rule),
                    false => Policy::new().drop(rule),
                };
                let records = under(policy, || {
                    log(&text());
                    fail();
                });
                for record in &records {
                    assert!(
                        !json_of(record).contains("SECRET"),
                        "{rule}: {}",
                        json_of(record)
                    );
                }
                // The breadcrumb of the line keeps its other data.
                let crumbs: Vec<_> = records[1].breadcrumbs().collect();
                assert_eq!(crumbs[0].data("n"), Some(&json!(1)), "{rule}");
            }
        }
    }
}

#[test]
fn fingerprint_does_not_reveal_dropped_message() {
    let fingerprint_with_frames = |policy, text: &'static str| {
        let error = error_under(policy, || whose::capture_message(text));
        error.fingerprint().unwrap()
    };
    let layer_without_frames = |policy: Policy, text: &'static str, key: Option<&str>| {
        let kept = MemorySink::default();
        let layer = whose::layer()
            .with_policy(policy)
            .unwrap()
            .with_sink(kept.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            whose::message(text).fingerprint(key).capture();
        });
        kept.only().fingerprint().unwrap()
    };
    let dropped = || Policy::new().drop("message");
    assert_ne!(
        layer_without_frames(Policy::new(), "no account of alice", None),
        layer_without_frames(Policy::new(), "no account of bob", None)
    );
    assert_eq!(
        layer_without_frames(dropped(), "no account of alice", None),
        layer_without_frames(dropped(), "no account of bob", None)
    );
    let scrubbing = Policy::new().with_scrubber(Scrubber::default());
    assert_eq!(
        layer_without_frames(scrubbing.clone(), "for (alice@example.com)", None),
        layer_without_frames(scrubbing, "for (bob.b@example.com)", None)
    );
    assert_ne!(
        layer_without_frames(dropped(), "x", Some("checkout")),
        layer_without_frames(dropped(), "x", Some("login"))
    );
    // A fingerprint of frames does not include the message.
    let _ = fingerprint_with_frames(dropped(), "no account of alice");
}

#[test]
fn keep_rule_applies_to_whole_names_only() {
    let policy = Policy::new()
        .drop("*")
        .keep("plan")
        .keep("user.id")
        .keep("message");
    let error = error_under(policy, || {
        whose::add_breadcrumb(Breadcrumb::new("SECRET").with_data("plan", "SECRET"));
        whose::user(User::new("alice").with_attr("plan", "SECRET"))
            .extra("plan", "SECRET")
            .in_scope(|| tracing::error!(err = "out", plan = "pro", exception.message = "SECRET"));
    });
    assert!(!json_of(&error).contains("SECRET"), "{}", json_of(&error));
    assert_eq!(error.field("plan").unwrap(), &"pro");
    assert_eq!(
        (error.user_id(), error.message()),
        (Some("alice"), Some("out"))
    );
}

#[test]
fn previous_session_has_own_rule() {
    let session = || Session::new("s-2").with_previous_id("s-1");
    let only = |policy| {
        let log = || whose::session(session()).in_scope(|| tracing::info!("x"));
        under(policy, log).remove(0)
    };
    let record = only(Policy::new().drop("session.previous_id"));
    assert_eq!(
        (record.session_id(), record.previous_session_id()),
        (Some("s-2"), None)
    );
    let record = only(Policy::new().mask("session.id").keep("session.previous_id"));
    assert_eq!(
        (record.session_id(), record.previous_session_id()),
        (Some("[masked]"), Some("s-1"))
    );
}

#[test]
fn pseudonym_of_long_id_matches_key() {
    let (user, session) = ("u".repeat(10_000), "é".repeat(200));
    let records = under(Policy::pseudonymous(&key()), || {
        whose::user(&user)
            .session(&session)
            .in_scope(|| tracing::info!("x"));
        tracing::info!(user.id = user, session.id = %session, "y");
    });
    for record in records {
        assert_eq!(record.user_hash(), Some(key().pseudonym(&user).as_str()));
        assert_eq!(
            record.session_id(),
            Some(key().pseudonym(&session).as_str())
        );
    }
}

#[test]
fn mistaken_rule_name_error_suggests_nearest_name() {
    let policies = [
        Policy::ids_only().drop("usr.email"),
        Policy::ids_only().mask("usr.email").drop("user.emial"),
        Policy::new().pseudonymise("usr.email", &key()),
        Policy::new().truncate_ip("usr.email"),
        Policy::new().keep("usr.email"),
        Policy::new().with_scrubber(Scrubber::default().except("usr.email")),
    ];
    for policy in policies {
        let PolicyError::UnknownName { name, nearest } =
            whose::layer().with_policy(policy).unwrap_err()
        else {
            panic!("another error")
        };
        assert_eq!(
            (&*name, nearest.as_deref()),
            ("usr.email", Some("user.email"))
        );
    }
    let free = Policy::ids_only()
        .drop("card")
        .drop("extra.card*")
        .mask("user.phone*");
    assert!(whose::layer().with_policy(free).is_ok());
}
