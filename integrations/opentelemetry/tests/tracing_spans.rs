//! Every span of `tracing-opentelemetry` has its own user, wherever it is entered and closed, in both
//! orders of the layers, with and without our span processor.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Sdk, all, user};
use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider};
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::prelude::*;
use whose::{Policy, Scope};
use whose_opentelemetry::{Bridge, Dialect};

/// Runs `test` in both orders of the layers, and with and without the processor.
fn everywhere(test: impl Fn(&Sdk)) {
    for has_processor in [true, false] {
        for is_whose_first in [true, false] {
            let sdk = match has_processor {
                true => Sdk::with_processor(Bridge::new()),
                false => Sdk::plain(),
            };
            let run = || {
                println!("processor: {has_processor}, whose first: {is_whose_first}");
                test(&sdk);
            };
            match is_whose_first {
                true => {
                    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
                    let subscriber = tracing_subscriber::registry()
                        .with(whose::layer())
                        .with(sdk.bridge.layer(telemetry));
                    tracing::subscriber::with_default(subscriber, run);
                }
                false => {
                    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
                    let subscriber = tracing_subscriber::registry()
                        .with(sdk.bridge.layer(telemetry))
                        .with(whose::layer());
                    tracing::subscriber::with_default(subscriber, run);
                }
            }
        }
    }
}

#[test]
fn entered_span_has_user_session_and_conversation() {
    everywhere(|sdk| {
        let scope = whose::user("alice").session("s-1").conversation("c-1");
        scope
            .tag("plan", "pro")
            .in_scope(|| info_span!("pay").in_scope(|| ()));
        let span = sdk.span("pay");
        assert_eq!(user(&span.attributes), ["alice"]);
        assert_eq!(all(&span.attributes, "session.id"), ["s-1"]);
        assert_eq!(all(&span.attributes, "gen_ai.conversation.id"), ["c-1"]);
        assert_eq!(all(&span.attributes, "whose.tag.plan"), ["pro"]);
        for name in ["whose.source", "whose.session_source"] {
            assert_eq!(all(&span.attributes, name), [""; 0]);
        }
    });
}

#[test]
fn sessions_with_one_id_have_their_own_previous_id() {
    everywhere(|sdk| {
        for (name, previous) in [("first", "s-0"), ("second", "s-1")] {
            let session = whose::Session::new("s-2").with_previous_id(previous);
            whose::user("alice")
                .session(session)
                .in_scope(|| info_span!("step", otel.name = name).in_scope(|| ()));
        }
        // The attributes of the first session are kept on the thread.
        for (name, previous) in [("first", "s-0"), ("second", "s-1")] {
            let span = sdk.span(name);
            assert_eq!(all(&span.attributes, "session.id"), ["s-2"]);
            assert_eq!(all(&span.attributes, "session.previous_id"), [previous]);
        }
    });
}

#[test]
fn sources_are_written_on_request_only() {
    let paid = |bridge: Bridge| {
        let sdk = Sdk::with_processor(bridge);
        let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
        let subscriber = tracing_subscriber::registry()
            .with(whose::layer())
            .with(sdk.bridge.layer(telemetry));
        tracing::subscriber::with_default(subscriber, || {
            let scope = whose::user("alice").session("s-1").actor("olga");
            scope.in_scope(|| info_span!("pay").in_scope(|| tracing::info!("paid")));
        });
        sdk.span("pay")
    };
    // The same user with and without sources: neither gets the kept attributes of the other.
    for has_sources in [true, false, true] {
        let span = paid(match has_sources {
            true => Bridge::new().with_sources(),
            false => Bridge::new(),
        });
        for attributes in [&span.attributes, &span.events[0].attributes] {
            assert_eq!(user(attributes), ["alice"]);
            assert_eq!(all(attributes, "whose.actor.id"), ["olga"]);
            for name in ["whose.source", "whose.session_source", "whose.actor.source"] {
                let found = all(attributes, name);
                assert_eq!(
                    found.first().map(String::as_str),
                    has_sources.then_some("scope")
                );
            }
        }
    }
}

#[test]
fn span_never_entered_has_user() {
    everywhere(|sdk| {
        whose::user("alice").in_scope(|| drop(info_span!("lazy")));
        assert_eq!(user(&sdk.span("lazy").attributes), ["alice"]);
    });
}

#[test]
fn span_never_entered_and_closed_in_other_scope_has_own_user() {
    everywhere(|sdk| {
        let span = whose::user("alice").in_scope(|| info_span!("lazy"));
        whose::user("bob").in_scope(|| drop(span));
        assert_eq!(user(&sdk.span("lazy").attributes), ["alice"]);
    });
}

#[test]
fn span_first_entered_in_other_scope_has_own_user() {
    everywhere(|sdk| {
        let span = whose::user("alice").in_scope(|| info_span!("mine"));
        whose::user("bob").in_scope(|| {
            span.in_scope(|| info_span!("child").in_scope(|| ()));
            drop(span);
        });
        assert_eq!(user(&sdk.span("mine").attributes), ["alice"]);
        assert_eq!(user(&sdk.span("child").attributes), ["alice"]);
    });
}

#[test]
fn span_started_by_its_context_in_other_scope_has_own_user() {
    everywhere(|sdk| {
        let span = whose::user("alice").in_scope(|| info_span!("injected"));
        whose::user("bob").email_scope().in_scope(|| {
            // No callback of a layer runs: the span starts inside this call.
            assert!(span.context().span().span_context().is_valid());
        });
        drop(span);
        let span = sdk.span("injected");
        assert_eq!(user(&span.attributes), ["alice"]);
        assert_eq!(all(&span.attributes, "user.email"), [""; 0]);
    });
}

trait EmailScope {
    fn email_scope(self) -> Scope;
}

impl EmailScope for Scope {
    fn email_scope(self) -> Scope {
        self.user(whose::User::new("bob").with_email("bob@example.com"))
    }
}

#[test]
fn span_closed_on_other_thread_has_user() {
    everywhere(|sdk| {
        let span = whose::user("alice").in_scope(|| info_span!("sent"));
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        std::thread::spawn(move || {
            let _dispatch = dispatch;
            whose::user("bob").in_scope(|| drop(span));
        })
        .join()
        .unwrap();
        assert_eq!(user(&sdk.span("sent").attributes), ["alice"]);
    });
}

#[test]
fn span_before_login_has_late_user() {
    everywhere(|sdk| {
        Scope::isolated().in_scope(|| {
            let request = info_span!("request");
            request.in_scope(|| {
                info_span!("authenticate").in_scope(|| ());
                whose::set_user("alice");
                whose::set_session("s-1");
            });
        });
        let request = sdk.span("request");
        assert_eq!(user(&request.attributes), ["alice"]);
        assert_eq!(all(&request.attributes, "session.id"), ["s-1"]);
        assert_eq!(user(&sdk.span("authenticate").attributes), [""; 0]);
    });
}

#[test]
fn span_of_nobody_has_reason() {
    everywhere(|sdk| {
        info_span!("startup").in_scope(|| ());
        whose::anonymous().in_scope(|| info_span!("visit").in_scope(|| ()));
        assert_eq!(user(&sdk.span("startup").attributes), [""; 0]);
        assert_eq!(
            all(&sdk.span("startup").attributes, "whose.unattributed").len(),
            1
        );
        assert_eq!(user(&sdk.span("visit").attributes), [""; 0]);
    });
}

#[test]
fn field_of_span_counts_and_appears_once_with_processor() {
    let sdk = Sdk::with_processor(Bridge::new().with_dialect(Dialect::Langfuse));
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(sdk.bridge.layer(telemetry));
    tracing::subscriber::with_default(subscriber, || {
        let span = info_span!(
            "pay",
            user.id = "alice",
            user.email = "a@example.com",
            other = 1
        );
        whose::user("bob").in_scope(|| span.in_scope(|| ()));
    });
    let span = sdk.span("pay");
    assert_eq!(user(&span.attributes), ["alice"]);
    assert_eq!(all(&span.attributes, "langfuse.user.id"), ["alice"]);
    assert_eq!(all(&span.attributes, "user.email"), ["a@example.com"]);
    assert_eq!(all(&span.attributes, "other"), ["1"]);
}

#[test]
fn policy_holds_for_spans_and_for_their_fields() {
    let sdk = Sdk::with_processor(Bridge::new());
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    let subscriber = tracing_subscriber::registry()
        .with(
            whose::layer()
                .with_policy(Policy::new().drop("user.email"))
                .unwrap(),
        )
        .with(sdk.bridge.layer(telemetry));
    tracing::subscriber::with_default(subscriber, || {
        let alice = whose::User::new("alice").with_email("alice@example.com");
        whose::user(alice).in_scope(|| {
            info_span!("scope").in_scope(|| ());
            info_span!("field", user.id = "carol", user.email = "carol@example.com").in_scope(
                || {
                    tracing::info!(user.id = "dave", user.email = "dave@example.com", "hello");
                },
            );
            let _native = opentelemetry::trace::Tracer::start(&sdk.tracer(), "native");
        });
    });
    assert!(!format!("{:?}", sdk.spans()).contains("example.com"));
    assert_eq!(user(&sdk.span("field").attributes), ["carol"]);
    assert_eq!(user(&sdk.span("field").events[0].attributes), ["dave"]);
    assert_eq!(user(&sdk.span("native").attributes), ["alice"]);
}

#[test]
fn records_have_the_ids_of_opentelemetry() {
    everywhere(|sdk| {
        let records = whose::testing::Recorder::start();
        info_span!("outer").in_scope(|| {
            tracing::info!("event");
            info_span!("inner").in_scope(|| ());
            drop(info_span!("never"));
        });
        info_span!("failing").in_scope(|| whose::capture_message("down"));
        for name in ["outer", "inner", "never", "failing"] {
            let (ours, theirs) = (records.span(name), sdk.span(name).span_context);
            assert_eq!(
                ours.trace_id().unwrap().to_string(),
                theirs.trace_id().to_string()
            );
            assert_eq!(
                ours.span_id().unwrap().to_string(),
                theirs.span_id().to_string()
            );
        }
        let outer = records.span("outer");
        assert_eq!(records.events()[0].trace_id(), outer.trace_id());
        assert_eq!(records.span("inner").parent_id(), outer.span_id());
        assert_eq!(records.span("never").parent_id(), outer.span_id());
        let failing = records.span("failing");
        assert_eq!(records.errors()[0].span_id(), failing.span_id());
    });
}

#[test]
fn remote_parent_set_after_creation_is_kept() {
    everywhere(|sdk| {
        let parent = opentelemetry::trace::SpanContext::new(
            opentelemetry::TraceId::from(7),
            opentelemetry::SpanId::from(9),
            opentelemetry::TraceFlags::SAMPLED,
            true,
            Default::default(),
        );
        let span = whose::user("alice").in_scope(|| info_span!("served"));
        let remote = opentelemetry::Context::new().with_remote_span_context(parent);
        span.set_parent(remote).unwrap();
        span.in_scope(|| ());
        drop(span);
        let span = sdk.span("served");
        assert_eq!(span.parent_span_id, opentelemetry::SpanId::from(9));
        assert_eq!(user(&span.attributes), ["alice"]);
    });
}

#[test]
fn unsampled_span_is_not_exported_and_its_records_keep_their_user() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::AlwaysOff)
        .with_simple_exporter(exporter.clone())
        .build();
    let tracer = opentelemetry::trace::TracerProvider::tracer(&provider, "test");
    let telemetry = tracing_opentelemetry::layer().with_tracer(tracer);
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(whose_opentelemetry::layer(telemetry));
    tracing::subscriber::with_default(subscriber, || {
        let records = whose::testing::Recorder::start();
        whose::user("alice").in_scope(|| info_span!("pay").in_scope(|| ()));
        assert_eq!(records.span("pay").user_id(), Some("alice"));
    });
    assert!(exporter.get_finished_spans().unwrap().is_empty());
}

#[test]
fn explicit_parent_and_root_have_their_users() {
    everywhere(|sdk| {
        let alice = whose::user("alice").in_scope(|| info_span!("of_alice"));
        whose::user("bob").in_scope(|| {
            info_span!(parent: &alice, "child").in_scope(|| ());
            info_span!(parent: Span::none(), "root").in_scope(|| ());
        });
        drop(alice);
        assert_eq!(user(&sdk.span("child").attributes), ["alice"]);
        assert_eq!(user(&sdk.span("root").attributes), ["bob"]);
        assert_eq!(sdk.span("root").status, Status::Unset);
    });
}

#[test]
fn optional_boxed_and_filtered_layers_are_stamped() {
    let sdk = Sdk::with_processor(Bridge::new());
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    let level = tracing_subscriber::filter::LevelFilter::INFO;
    let wrapped = sdk.bridge.layer(telemetry).with_filter(level).boxed();
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(Some(wrapped));
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| {
            drop(info_span!("first"));
            info_span!("seen").in_scope(|| {
                tracing::debug_span!("hidden").in_scope(|| info_span!("inner").in_scope(|| ()));
            });
        });
    });
    let names: Vec<_> = sdk.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["first", "inner", "seen"]);
    for name in names {
        assert_eq!(user(&sdk.span(&name).attributes), ["alice"]);
    }
}

#[test]
fn layer_in_a_vec_is_stamped() {
    let sdk = Sdk::with_processor(Bridge::new());
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(vec![sdk.bridge.layer(telemetry)]);
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| info_span!("pay").in_scope(|| ()));
    });
    assert_eq!(user(&sdk.span("pay").attributes), ["alice"]);
}
