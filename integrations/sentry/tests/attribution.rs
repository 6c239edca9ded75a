//! Which user Sentry gets, case by case.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod common;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use common::{attributed, captured, id, options};
use sentry::Hub;
use sentry::integrations::panic::PanicIntegration;
use sentry::integrations::tracing::{BreadcrumbLayer, ErrorLayer, LogLayer, SpanLayer};
use sentry::protocol::{Context, IpAddress, User};
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::prelude::*;
use whose::{Policy, PolicyKey, Scope};

/// The layers of `sentry-tracing`, unfiltered by level except for errors.
macro_rules! peers {
    () => {
        SpanLayer::new()
            .with_filter(LevelFilter::INFO)
            .and_then(BreadcrumbLayer::new().with_filter(LevelFilter::WARN))
            .and_then(ErrorLayer::new().with_filter(LevelFilter::ERROR))
            .and_then(LogLayer::new().with_filter(LevelFilter::INFO))
    };
}

fn subscriber() -> Dispatch {
    subscriber_with(whose::layer())
}

fn subscriber_with(layer: whose::Layer) -> Dispatch {
    tracing_subscriber::registry()
        .with(layer)
        .with(whose_sentry::layer(peers!()))
        .into()
}

/// Sets the user of Sentry's scope, as another task of the thread may have done.
fn leak(user: &str) {
    sentry::configure_scope(|scope| {
        scope.set_user(Some(User {
            id: Some(user.into()),
            ..User::default()
        }));
    });
}

#[test]
fn transaction_opened_before_login_has_the_user() {
    let sent = captured(attributed(), subscriber(), || {
        Scope::isolated().in_scope(|| {
            tracing::info_span!("request").in_scope(|| {
                tracing::info_span!("before").in_scope(|| {});
                whose::set_user("alice");
                tracing::info_span!("after").in_scope(|| {});
            });
        });
    });
    let transaction = &sent.transactions[0];
    assert_eq!(id(&transaction.user), Some("alice"));
    let user_of = |name: &str| {
        let mut spans = transaction.spans.iter();
        let span = spans
            .find(|span| span.description.as_deref() == Some(name))
            .unwrap();
        span.data.get("user.id").cloned()
    };
    assert_eq!(user_of("after"), Some("alice".into()));
    assert_eq!(user_of("before"), None);
}

#[test]
fn wrapped_layer_inside_an_option_has_the_user() {
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(Some(whose_sentry::layer(peers!())));
    let subscriber = Dispatch::new(subscriber);
    // As a service does: `Option` hides the subscriber from the layer, which finds the default one.
    let sent = captured(attributed(), subscriber, || {
        Scope::isolated().in_scope(|| {
            tracing::info_span!("request").in_scope(|| whose::set_user("alice"));
        });
    });
    assert_eq!(id(&sent.transactions[0].user), Some("alice"));
}

#[test]
fn anonymous_request_drops_the_leaked_user() {
    let sent = captured(attributed(), subscriber(), || {
        leak("mallory");
        Scope::anonymous().in_scope(|| {
            let _span = tracing::info_span!("request").entered();
            tracing::error!("failed");
            tracing::info!("logged");
            sentry::capture_message("captured", sentry::Level::Info);
        });
    });
    assert_eq!(sent.events.len(), 2);
    assert!(sent.events.iter().all(|event| event.user.is_none()));
    assert_eq!(sent.transactions[0].user, None);
    assert!(
        sent.logs
            .iter()
            .all(|log| !log.attributes.contains_key("user.id"))
    );
}

#[test]
fn request_without_a_user_yet_drops_the_leaked_user() {
    let sent = captured(attributed(), subscriber(), || {
        leak("mallory");
        Scope::isolated().in_scope(|| tracing::error!("failed"));
    });
    assert_eq!(sent.events[0].user, None);
}

#[test]
fn user_of_sentry_stays_outside_every_scope() {
    let sent = captured(attributed(), subscriber(), || {
        leak("of-sentry");
        tracing::info_span!("job").in_scope(|| tracing::error!("failed"));
    });
    assert_eq!(id(&sent.events[0].user), Some("of-sentry"));
    assert_eq!(id(&sent.transactions[0].user), Some("of-sentry"));
}

#[test]
fn user_of_sentry_gives_way_in_a_scope() {
    let sent = captured(attributed(), subscriber(), || {
        leak("mallory");
        whose::user("alice").in_scope(|| {
            tracing::info_span!("job").in_scope(|| tracing::error!("failed"));
        });
        sentry::capture_message("after", sentry::Level::Info);
    });
    assert_eq!(id(&sent.events[0].user), Some("alice"));
    assert_eq!(id(&sent.transactions[0].user), Some("alice"));
    assert_eq!(
        id(&sent.events[1].user),
        Some("mallory"),
        "the hub is restored"
    );
}

#[test]
fn user_of_the_event_itself_wins() {
    let sent = captured(attributed(), subscriber(), || {
        let of_bob = whose::user("bob").in_scope(|| tracing::info_span!("of bob"));
        whose::user("alice").in_scope(|| {
            tracing::error!(user.id = "carol", "by field");
            tracing::error!(parent: &of_bob, "by parent");
            tracing::warn!(user.id = "carol", "log by field");
            sentry::capture_message("by scope", sentry::Level::Info);
        });
    });
    let users: Vec<_> = sent.events.iter().map(|event| id(&event.user)).collect();
    assert_eq!(users, [Some("carol"), Some("bob"), Some("alice")]);
    let log = sent
        .logs
        .iter()
        .find(|log| log.body == "log by field")
        .unwrap();
    assert_eq!(log.attributes["user.id"].0, "carol");
}

#[test]
fn span_that_closes_elsewhere_keeps_its_user() {
    let sent = captured(attributed(), subscriber(), || {
        let of_bob = whose::user("bob").in_scope(|| tracing::info_span!("of bob"));
        whose::user("alice").in_scope(|| drop(of_bob));
    });
    assert_eq!(id(&sent.transactions[0].user), Some("bob"));
}

#[test]
fn span_that_is_never_entered_has_its_user() {
    let sent = captured(attributed(), subscriber(), || {
        tracing::info_span!("request").in_scope(|| {
            whose::user("alice")
                .tag("plan", "pro")
                .in_scope(|| drop(tracing::info_span!("child")));
        });
    });
    let span = &sent.transactions[0].spans[0];
    assert_eq!(span.data["user.id"], "alice");
    assert_eq!(span.tags["plan"], "pro");
}

#[test]
fn span_that_ends_on_another_thread_has_its_user() {
    let sent = captured(attributed(), subscriber(), || {
        let request = whose::user("alice").in_scope(|| tracing::info_span!("request"));
        let child = request.in_scope(|| tracing::info_span!("child"));
        request.in_scope(|| child.in_scope(|| ()));
        let dispatch = tracing::dispatcher::get_default(Dispatch::clone);
        let end = move || tracing::dispatcher::with_default(&dispatch, || drop((child, request)));
        std::thread::spawn(end).join().unwrap();
    });
    let transaction = &sent.transactions[0];
    assert_eq!(id(&transaction.user), Some("alice"));
    assert_eq!(transaction.spans[0].data["user.id"], "alice");
}

#[test]
fn hidden_span_that_closes_while_its_thread_ends_does_not_panic() {
    thread_local! {
        static KEPT: std::cell::RefCell<Option<tracing::Span>> = const { std::cell::RefCell::new(None) };
    }
    let dispatch = subscriber();
    let run = move || {
        // Used before the hub of the thread, and so dropped after it.
        KEPT.with(|kept| kept.replace(None));
        tracing::dispatcher::with_default(&dispatch, || {
            let hidden = tracing::debug_span!("hidden");
            hidden.in_scope(|| tracing::info_span!("request").in_scope(|| ()));
            KEPT.with(|kept| kept.replace(Some(hidden)));
        });
    };
    // A panic in the destructor of a thread-local would end the process.
    std::thread::spawn(run).join().unwrap();
}

#[test]
fn transaction_has_the_scope_that_is_current_at_its_close() {
    let set_tag = |key: &str| sentry::configure_scope(|scope| scope.set_tag(key, "set"));
    let sent = captured(attributed(), subscriber(), || {
        let request = whose::user("alice").in_scope(|| tracing::info_span!("request"));
        request.in_scope(|| set_tag("inside"));
        set_tag("outside");
        drop(request);
    });
    let transaction = &sent.transactions[0];
    assert_eq!(id(&transaction.user), Some("alice"));
    assert_eq!(transaction.tags.get("outside").unwrap(), "set");
    // As with Sentry alone.
    assert_eq!(transaction.tags.get("inside"), None);
}

#[test]
fn hub_of_a_span_that_a_task_shares_stays_as_it_is() {
    let sent = captured(attributed(), subscriber(), || {
        let request = whose::user("alice").in_scope(|| tracing::info_span!("request"));
        let shared = request.in_scope(|| {
            sentry::configure_scope(|scope| scope.set_tag("kept", "yes"));
            Hub::current()
        });
        drop(request);
        Hub::run(shared, || {
            sentry::capture_message("of the task", sentry::Level::Info)
        });
    });
    let (event, transaction) = (&sent.events[0], &sent.transactions[0]);
    assert_eq!(id(&transaction.user), Some("alice"));
    assert_eq!(event.tags["kept"], "yes");
    assert_eq!(event.user, None);
    let trace_of = |contexts: &BTreeMap<String, Context>| match &contexts["trace"] {
        Context::Trace(trace) => trace.trace_id,
        other => panic!("no trace: {other:?}"),
    };
    assert_eq!(trace_of(&event.contexts), trace_of(&transaction.contexts));
}

#[test]
fn hub_of_a_closed_span_is_dropped() {
    captured(attributed(), subscriber(), || {
        let mut hubs = Vec::new();
        let mut note = || hubs.push(Arc::downgrade(&Hub::current()));
        tracing::info_span!("request").in_scope(|| {
            note();
            tracing::info_span!("child").in_scope(&mut note);
        });
        assert_eq!(hubs.len(), 2);
        assert!(hubs.iter().all(|hub| hub.upgrade().is_none()));
    });
}

#[test]
fn every_part_arrives() {
    let user = whose::User::new("alice")
        .with_email("a@example.com")
        .with_username("al")
        .with_full_name("Alice A.")
        .with_ip_address("192.0.2.7")
        .with_segment("beta")
        .with_attr("plan", "pro");
    let sent = captured(attributed(), subscriber(), || {
        whose::user(user)
            .session("s-1")
            .conversation("c-1")
            .actor(whose::Actor::agent("planner"))
            .tag("shop", "berlin")
            .extra("cart", [1, 2])
            .context("app", serde_json::json!({ "build": 7 }))
            .in_scope(|| {
                let _span = tracing::info_span!("request").entered();
                let _child = tracing::info_span!("child").entered();
                tracing::error!("failed");
            });
    });
    let (event, transaction) = (&sent.events[0], &sent.transactions[0]);
    assert_eq!(event.user, transaction.user);
    let user = event.user.as_ref().unwrap();
    assert_eq!(user.id.as_deref(), Some("alice"));
    assert_eq!(user.email.as_deref(), Some("a@example.com"));
    assert_eq!(user.username.as_deref(), Some("al"));
    assert_eq!(
        user.ip_address,
        Some(IpAddress::Exact("192.0.2.7".parse().unwrap()))
    );
    assert_eq!(user.other["name"], "Alice A.");
    assert_eq!(user.other["segment"], "beta");
    assert_eq!(user.other["data"]["plan"], "pro");
    for tags in [&event.tags, &transaction.tags] {
        assert_eq!(tags["shop"], "berlin");
        assert_eq!(tags["session.id"], "s-1");
        assert_eq!(tags["gen_ai.conversation.id"], "c-1");
        assert_eq!(tags["whose.actor.id"], "planner");
    }
    for extra in [&event.extra, &transaction.extra] {
        assert_eq!(extra["cart"], serde_json::json!([1, 2]));
    }
    for contexts in [&event.contexts, &transaction.contexts] {
        let Context::Other(app) = &contexts["app"] else {
            panic!("{contexts:?}");
        };
        assert_eq!(app["build"], 7);
        assert!(matches!(contexts["trace"], Context::Trace(_)));
        assert!(contexts.contains_key("whose"));
    }
    let child = &transaction.spans[0];
    assert_eq!(child.data["user.id"], "alice");
    assert_eq!(child.data["session.id"], "s-1");
    assert_eq!(child.data["user.attrs.plan"], "pro");
    assert_eq!(child.tags["shop"], "berlin");
    assert!(
        !child
            .data
            .keys()
            .any(|key| key.contains("extra") || key.contains("context"))
    );
}

#[test]
fn policy_decides_what_sentry_gets() {
    let key = PolicyKey::new("k1", "0123456789abcdef0123456789abcdef").unwrap();
    let policy = Policy::new()
        .pseudonymise("user.id", &key)
        .drop("user.email");
    let layer = whose::layer().with_policy(policy).unwrap();
    let sent = captured(attributed(), subscriber_with(layer), || {
        leak("mallory");
        let alice = whose::User::new("alice").with_email("a@example.com");
        whose::user(alice).in_scope(|| {
            let _span = tracing::info_span!("request").entered();
            let _child = tracing::info_span!("child").entered();
            tracing::error!("failed");
            sentry::capture_message("captured", sentry::Level::Info);
        });
    });
    let user = sent.transactions[0].user.clone().unwrap();
    assert!(user.id.as_deref().unwrap().starts_with("k1:"), "{user:?}");
    for event in &sent.events {
        assert_eq!(event.user.as_ref(), Some(&user));
    }
    let shown = format!("{:?} {:?} {:?}", sent.events, sent.transactions, sent.logs);
    for private in ["alice", "a@example.com", "mallory"] {
        assert!(!shown.contains(private), "{private}: {shown}");
    }
}

#[test]
fn user_that_the_policy_withholds_is_not_replaced_by_sentrys_own() {
    let layer = whose::layer()
        .with_policy(Policy::new().drop("user.*"))
        .unwrap();
    let sent = captured(attributed(), subscriber_with(layer), || {
        leak("mallory");
        whose::user("alice").in_scope(|| {
            tracing::info_span!("request").in_scope(|| tracing::error!("failed"));
        });
    });
    assert_eq!(sent.events[0].user, None);
    assert_eq!(sent.transactions[0].user, None);
}

#[test]
fn other_order_of_layers_has_the_same_users() {
    let other_order = tracing_subscriber::registry()
        .with(whose_sentry::layer(peers!()))
        .with(whose::layer());
    let sent = captured(attributed(), other_order, || {
        leak("mallory");
        Scope::isolated().in_scope(|| {
            let _span = tracing::info_span!("request").entered();
            whose::set_user("alice");
            let _child = tracing::info_span!("child").entered();
            tracing::error!("failed");
            tracing::error!(user.id = "carol", "by field");
        });
    });
    assert_eq!(id(&sent.transactions[0].user), Some("alice"));
    assert_eq!(sent.transactions[0].spans[0].data["user.id"], "alice");
    let users: Vec<_> = sent.events.iter().map(|event| id(&event.user)).collect();
    assert_eq!(users, [Some("alice"), Some("carol")]);
}

#[test]
fn span_that_a_filter_hides_from_sentry_changes_nothing() {
    let sent = captured(attributed(), subscriber(), || {
        whose::user("alice").in_scope(|| {
            tracing::debug_span!("hidden").in_scope(|| {
                tracing::info_span!("request").in_scope(|| {
                    tracing::debug_span!("hidden").in_scope(|| tracing::error!("failed"));
                });
            });
        });
    });
    assert_eq!(sent.transactions.len(), 1);
    assert_eq!(id(&sent.transactions[0].user), Some("alice"));
    assert_eq!(id(&sent.events[0].user), Some("alice"));
}

#[test]
fn filter_around_the_wrapped_layers_works() {
    let wrapped = whose_sentry::layer(SpanLayer::new().and_then(ErrorLayer::new()));
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(wrapped.with_filter(LevelFilter::ERROR));
    let sent = captured(attributed(), subscriber, || {
        whose::user("alice").in_scope(|| {
            tracing::info_span!("hidden").in_scope(|| tracing::info!("hidden"));
            tracing::error_span!("request").in_scope(|| tracing::error!("failed"));
        });
    });
    assert_eq!((sent.events.len(), sent.transactions.len()), (1, 1));
    assert_eq!(id(&sent.transactions[0].user), Some("alice"));
}

#[test]
fn legacy_layer_of_sentry_tracing_works() {
    #[expect(deprecated)]
    let legacy = sentry::integrations::tracing::layer();
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(whose_sentry::layer(legacy));
    let sent = captured(attributed(), subscriber, || {
        whose::user("alice").in_scope(|| {
            tracing::info_span!("request").in_scope(|| tracing::error!("failed"));
        });
    });
    assert_eq!(id(&sent.events[0].user), Some("alice"));
    assert_eq!(id(&sent.transactions[0].user), Some("alice"));
}

#[test]
fn unsampled_transaction_is_not_sent() {
    let options = attributed().traces_sample_rate(0.0);
    let sent = captured(options, subscriber(), || {
        whose::user("alice").in_scope(|| {
            tracing::info_span!("request").in_scope(|| tracing::error!("failed"));
        });
    });
    assert_eq!((sent.transactions.len(), sent.events.len()), (0, 1));
    assert_eq!(id(&sent.events[0].user), Some("alice"));
}

#[test]
fn panic_has_the_user_of_the_code_that_panics() {
    let options = attributed().add_integration(PanicIntegration::new());
    let sent = captured(options, subscriber(), || {
        leak("mallory");
        whose::user("alice").in_scope(|| {
            let _ = catch_unwind(AssertUnwindSafe(|| {
                let _span = tracing::info_span!("request").entered();
                panic!("broken");
            }));
        });
    });
    assert_eq!(sent.events.len(), 1);
    assert_eq!(id(&sent.events[0].user), Some("alice"));
    assert_eq!(id(&sent.transactions[0].user), Some("alice"));
}

#[test]
fn panic_while_an_event_is_sent_leaves_no_user_behind() {
    let options = attributed().before_send(|event| {
        assert_ne!(
            event.message.as_deref(),
            Some("broken"),
            "the hook of the application panics"
        );
        Some(event)
    });
    let sent = captured(options, subscriber(), || {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            whose::user("alice").in_scope(|| tracing::error!("broken"));
        }));
        whose::user("bob").in_scope(|| {
            sentry::capture_message("after", sentry::Level::Info);
            tracing::error!("after");
        });
    });
    let users: Vec<_> = sent.events.iter().map(|event| id(&event.user)).collect();
    assert_eq!(users, [Some("bob"), Some("bob")]);
}

#[test]
fn breadcrumb_of_another_user_is_not_sent() {
    let sent = captured(attributed(), subscriber(), || {
        tracing::warn!("program started");
        whose::user("alice").in_scope(|| tracing::warn!("alice opened her letters"));
        Scope::isolated().in_scope(|| tracing::warn!("page visited"));
        whose::user("bob").in_scope(|| {
            tracing::warn!("bob opened his letters");
            tracing::error!("failed");
        });
    });
    let crumbs: Vec<_> = sent.events[0]
        .breadcrumbs
        .iter()
        .map(|crumb| crumb.message.as_deref().unwrap())
        .collect();
    assert_eq!(
        crumbs,
        ["program started", "bob opened his letters", "failed"]
    );
    assert!(
        sent.events[0]
            .breadcrumbs
            .iter()
            .all(|crumb| crumb.data.is_empty())
    );
}

#[test]
fn event_without_the_layer_has_the_user_of_its_code() {
    let sent = captured(
        attributed(),
        tracing::subscriber::NoSubscriber::new(),
        || {
            whose::user("alice").in_scope(|| {
                sentry::capture_message("captured", sentry::Level::Info);
            });
        },
    );
    assert_eq!(id(&sent.events[0].user), Some("alice"));
}

#[test]
fn transaction_lacks_a_user_with_sentry_alone() {
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(peers!());
    let sent = captured(options(), subscriber, || {
        whose::user("alice").in_scope(|| tracing::info_span!("request").in_scope(|| {}));
    });
    assert_eq!(sent.transactions[0].user, None);
}
