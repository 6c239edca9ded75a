//! Who acts for a user: the chain of actors on reads and records.

use std::sync::atomic::{AtomicUsize, Ordering};

use tracing_subscriber::prelude::*;
use whose::testing::Recorder;
use whose::{Actor, ActorKind, Limits, Scope, ScopeExt, Source, User};

/// The ids of the current chain, innermost first.
fn chain() -> Vec<String> {
    whose::with_current(|at| at.actors().map(|actor| actor.id().to_owned()).collect())
}

#[test]
fn actor_acts_for_user_of_same_scope() {
    whose::user("customer").actor("operator").in_scope(|| {
        let at = whose::current();
        assert_eq!(at.user_id(), Some("customer"));
        assert_eq!(at.actor_id(), Some("operator"));
        assert_eq!(at.actor().map(Actor::kind), Some(ActorKind::User));
        assert_eq!(at.actor_source(), Some(Source::Scope));
    });
    assert_eq!(whose::current().actor(), None);
}

#[test]
fn scope_of_actor_alone_adds_to_chain_of_user_outside() {
    let _outer = whose::user("customer").actor("operator").enter();
    let _agent = whose::actor(Actor::agent("planner")).enter();
    assert_eq!(chain(), ["planner", "operator"]);
    assert_eq!(whose::current().user_id(), Some("customer"));
}

#[test]
fn scope_of_another_user_ends_the_chain() {
    let _outer = whose::user("customer").actor("operator").enter();
    let _agent = whose::actor(Actor::agent("planner")).enter();
    whose::user("other").in_scope(|| assert_eq!(chain(), [""; 0]));
    whose::user("other")
        .actor("clerk")
        .in_scope(|| assert_eq!(chain(), ["clerk"]));
    whose::anonymous().in_scope(|| assert_eq!(chain(), [""; 0]));
    let nameless = User::default().with_email("x@example.com");
    whose::user(nameless).in_scope(|| assert_eq!(chain(), [""; 0]));
}

#[test]
fn scope_of_same_user_keeps_the_chain() {
    let _outer = whose::user("customer").actor("operator").enter();
    whose::user("customer").in_scope(|| assert_eq!(chain(), ["operator"]));
    let more = User::default().with_email("c@example.com").supplement();
    whose::user(more).in_scope(|| assert_eq!(chain(), ["operator"]));
    let _agent = whose::actor(Actor::agent("planner")).enter();
    let again = whose::user("customer").actor(Actor::agent("writer"));
    again.in_scope(|| assert_eq!(chain(), ["writer", "planner", "operator"]));
}

#[test]
fn actors_between_two_users_do_not_act_for_inner_user() {
    let _first = whose::user("first").actor("a").enter();
    let _between = whose::actor("b").enter();
    let _second = whose::user("second").enter();
    let _inner = whose::actor("c").enter();
    assert_eq!(chain(), ["c"]);
}

#[test]
fn actor_without_any_user_is_current() {
    whose::actor(Actor::service("importer")).in_scope(|| {
        assert_eq!(chain(), ["importer"]);
        assert_eq!(whose::current().user_id(), None);
        whose::user("customer").in_scope(|| assert_eq!(chain(), [""; 0]));
    });
}

#[test]
fn actor_over_anonymous_scope_acts_for_nobody() {
    let _outer = whose::user("customer").actor("operator").enter();
    whose::anonymous().actor("tester").in_scope(|| {
        assert_eq!(chain(), ["tester"]);
        whose::user("other").in_scope(|| assert_eq!(chain(), [""; 0]));
    });
}

#[test]
fn chain_past_the_limit_keeps_innermost_actors_and_is_counted() {
    let before = whose::stats().truncated_actors;
    let mut guards = vec![whose::user("customer").enter()];
    for number in 0..12 {
        guards.push(whose::actor(format!("a{number}")).enter());
    }
    assert_eq!(chain().len(), Limits::ACTORS);
    assert_eq!((&*chain()[0], &*chain()[7]), ("a11", "a4"));
    assert!(whose::stats().truncated_actors > before);
    while guards.pop().is_some() {}
}

#[test]
fn empty_actor_sets_nothing() {
    whose::user("customer").actor("operator").in_scope(|| {
        whose::actor("").in_scope(|| assert_eq!(chain(), ["operator"]));
        whose::actor(None::<Actor>).in_scope(|| assert_eq!(chain(), ["operator"]));
        let nameless = User::default().with_email("x@example.com");
        whose::actor(&nameless).in_scope(|| assert_eq!(chain(), ["operator"]));
    });
    assert!(Actor::try_new("", ActorKind::Agent).is_err());
}

#[test]
fn written_actor_ends_with_its_user() {
    Scope::isolated().in_scope(|| {
        whose::set_user("customer");
        whose::set_actor("operator");
        assert_eq!(whose::current().actor_source(), Some(Source::Isolation));
        whose::set_user(User::new("customer").with_email("c@example.com"));
        assert_eq!(chain(), ["operator"]);
        whose::set_actor("supervisor");
        assert_eq!(chain(), ["supervisor"]);
        whose::set_user("other");
        assert_eq!(chain(), [""; 0]);
        whose::set_actor("operator");
        whose::clear_user();
        assert_eq!(chain(), [""; 0]);
        whose::set_actor("operator");
        whose::set_user("customer");
        assert_eq!(chain(), ["operator"]);
        whose::clear_actor();
        assert_eq!(chain(), [""; 0]);
    });
}

#[test]
fn record_carries_actor_chain_and_json_shows_it() {
    let rec = Recorder::start();
    whose::user("customer").actor("operator").in_scope(|| {
        whose::actor(Actor::agent("planner")).in_scope(|| tracing::info!("hello"));
    });
    let event = &rec.events()[0];
    assert_eq!(event.actor_id(), Some("planner"));
    assert_eq!(event.actors().count(), 2);
    let json: serde_json::Value = serde_json::to_value(event).unwrap();
    assert_eq!(json["whose.actor.id"], "planner");
    assert_eq!(json["whose.actor.kind"], "agent");
    assert_eq!(json["whose.actor.source"], "scope");
    let operator = serde_json::json!({"id": "operator", "kind": "user", "source": "scope"});
    assert_eq!(json["whose.actor.chain"][1], operator);
}

#[test]
fn actor_on_error_is_explicit_and_user_on_error_ends_the_chain() {
    let rec = Recorder::start();
    whose::user("customer").actor("operator").in_scope(|| {
        let error = std::io::Error::other("refused");
        whose::error(&error)
            .actor(Actor::service("billing"))
            .capture();
        whose::error(&error).user("other").capture();
        whose::error(&error).user("other").actor("clerk").capture();
    });
    let errors = rec.errors();
    let chains = errors.iter().map(|error| {
        let ids = error.actors().map(|actor| actor.id().to_owned());
        (ids.collect::<Vec<_>>().join(" "), error.actor_source())
    });
    let expected = [
        ("billing operator".to_owned(), Some(Source::Explicit)),
        (String::new(), None),
        ("clerk".to_owned(), Some(Source::Explicit)),
    ];
    assert_eq!(chains.collect::<Vec<_>>(), expected);
}

#[test]
fn span_identified_late_has_actor_of_late_user() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        tracing::info_span!("server").in_scope(|| {
            whose::actor(Actor::agent("planner")).in_scope(|| {
                tracing::info_span!("step").in_scope(|| {
                    whose::set_user("customer");
                    whose::set_actor("operator");
                });
            });
        });
        tracing::info_span!("logout").in_scope(|| {
            whose::set_user("customer");
            whose::set_actor("operator");
            whose::clear_user();
        });
    });
    let of = |name: &str| {
        let span = rec.span(name);
        let ids: Vec<_> = span.actors().map(|actor| actor.id().to_owned()).collect();
        (span.user_id().map(str::to_owned), ids.join(" "))
    };
    assert_eq!(of("server"), (Some("customer".into()), "operator".into()));
    assert_eq!(
        of("step"),
        (Some("customer".into()), "planner operator".into())
    );
    assert_eq!(of("logout"), (Some("customer".into()), "operator".into()));
}

#[test]
fn captured_stack_past_its_depth_keeps_the_chain() {
    let _outer = whose::user("customer").actor("operator").enter();
    let mut guards = Vec::new();
    for _ in 0..100 {
        guards.push(whose::tag("k", "v").enter());
    }
    guards.push(whose::actor(Actor::agent("planner")).enter());
    let captured = Scope::current();
    let found = std::thread::spawn(|| captured.in_scope(chain))
        .join()
        .unwrap();
    assert_eq!(found, ["planner", "operator"]);
    while guards.pop().is_some() {}
}

#[test]
fn policy_applies_to_actors_before_a_sink() {
    let policy = whose::Policy::new().mask("whose.actor.id");
    let layer = whose::layer().with_policy(policy).unwrap();
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        whose::user("customer")
            .actor("operator")
            .in_scope(|| tracing::info!("hello"));
        assert_ne!(rec.events()[0].actor_id(), Some("operator"));
        assert_eq!(rec.events()[0].user_id(), Some("customer"));
    });
    let policy = whose::Policy::new().drop("user.id");
    let layer = whose::layer().with_policy(policy).unwrap();
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        let scope = whose::user("customer")
            .actor("operator")
            .actor(Actor::agent("planner"));
        scope.in_scope(|| tracing::info!("hello"));
        let ids: Vec<_> = rec.events()[0]
            .actors()
            .map(|it| it.id().to_owned())
            .collect();
        assert_eq!(ids, ["planner"]);
    });
}

/// Tasks of one thread, and of several: each task has its own chain.
async fn interleaved_tasks() {
    let tasks = (0..50).map(|number| {
        let scope = whose::user(format!("u{number}")).actor(format!("o{number}"));
        tokio::spawn(
            async move {
                for step in 0..20 {
                    tokio::task::yield_now().await;
                    let agent = whose::actor(Actor::agent(format!("a{number}-{step}")));
                    async {
                        tokio::task::yield_now().await;
                        assert_eq!(chain(), [format!("a{number}-{step}"), format!("o{number}")]);
                        assert_eq!(whose::current().user_id(), Some(&*format!("u{number}")));
                    }
                    .with_scope(agent)
                    .await;
                    assert_eq!(chain(), [format!("o{number}")]);
                }
            }
            .with_scope(scope),
        )
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "current_thread")]
async fn tasks_of_one_thread_keep_their_chains() {
    interleaved_tasks().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_of_several_threads_keep_their_chains() {
    interleaved_tasks().await;
}

#[whose::trace(user_id = customer, actor = operator, agent = "planner")]
fn plan(customer: &str, operator: &str) -> Vec<String> {
    chain()
}

#[whose::trace(agent = format!("{name}-{}", EVALUATIONS.fetch_add(1, Ordering::Relaxed)))]
async fn run(name: &str) -> Vec<String> {
    tokio::task::yield_now().await;
    chain()
}

static EVALUATIONS: AtomicUsize = AtomicUsize::new(0);

#[whose::with_user(from = customer, actor = Actor::service("importer"))]
fn import(customer: u64) -> Vec<String> {
    chain()
}

#[whose::with_session(visit, actor)]
async fn visit(visit: &str, actor: &User) -> Vec<String> {
    tokio::task::yield_now().await;
    chain()
}

#[test]
fn traced_function_with_agent_adds_an_agent_and_its_field() {
    let rec = Recorder::start();
    assert_eq!(plan("customer", "operator"), ["planner", "operator"]);
    let span = rec.span("plan");
    assert_eq!(
        span.field("gen_ai.agent.name").and_then(|it| it.as_str()),
        Some("planner")
    );
    assert_eq!(span.kind(), Some(whose::Kind::Agent));
    assert_eq!(
        span.actor().map(|it| (it.kind(), it.id())),
        Some((ActorKind::Agent, "planner"))
    );
    assert_eq!(span.actor_source(), Some(Source::Explicit));
}

#[tokio::test]
async fn agent_expression_is_evaluated_once() {
    let rec = Recorder::start();
    let chain = whose::user("customer").actor("operator");
    let found = run("writer").with_scope(chain).await;
    assert_eq!(found, ["writer-0", "operator"]);
    let field = rec
        .span("run")
        .field("gen_ai.agent.name")
        .unwrap()
        .to_string();
    assert_eq!(field, "writer-0");
}

#[test]
fn agent_without_a_subscriber_is_an_actor() {
    let quiet = tracing_subscriber::registry();
    tracing::subscriber::with_default(quiet, || {
        assert_eq!(plan("customer", "operator"), ["planner", "operator"]);
    });
}

#[tokio::test]
async fn attributes_and_guard_take_an_actor() {
    assert_eq!(import(7), ["importer"]);
    let operator = User::new("operator").with_email("o@example.com");
    let found = visit("v-1", &operator).with_scope(whose::user("customer"));
    assert_eq!(found.await, ["operator"]);
    let id = 7;
    whose::guard!(user = "customer", actor = %id);
    assert_eq!(chain(), ["7"]);
}

#[whose::with_user(from = customer, actor = operator, identify)]
fn review(customer: &str, operator: &str) {
    tracing::info!("reviews");
}

#[whose::trace(user = customer, agent = "planner", identify)]
fn planned(customer: &str) {
    tracing::info!("plans");
}

#[test]
fn identified_request_has_the_actor_of_the_annotated_function() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        tracing::info_span!("server").in_scope(|| review("customer", "operator"));
    });
    let server = rec.span("server");
    assert_eq!(server.user_id(), Some("customer"));
    assert_eq!(server.actor_id(), Some("operator"));
}

/// The chain inside a function that identifies its request.
#[whose::with_user(from = customer, actor = operator, identify)]
fn handle(customer: &str, operator: &str) -> Vec<String> {
    chain()
}

/// A handler that calls another one for the same customer.
#[whose::with_user(from = customer, actor = operator, identify)]
fn forward(customer: &str, operator: &str) -> Vec<String> {
    handle(customer, operator)
}

#[test]
fn identified_actor_is_in_the_chain_once() {
    Scope::isolated().in_scope(|| {
        assert_eq!(forward("customer", "operator"), ["operator"]);
        assert_eq!(chain(), ["operator"]);
        Scope::isolated().in_scope(|| assert_eq!(handle("customer", "operator"), ["operator"]));
    });
    let _request = Scope::isolated().enter();
    whose::set_user("customer");
    whose::set_actor("operator");
    assert_eq!(handle("customer", "operator"), ["operator"]);
}

#[whose::trace(agent = "planner")]
fn plan_again(depth: usize) -> Vec<String> {
    match depth {
        0 => chain(),
        _ => plan_again(depth - 1),
    }
}

#[test]
fn agent_that_calls_itself_keeps_the_operator_in_the_chain() {
    whose::user("customer").actor("operator").in_scope(|| {
        assert_eq!(plan_again(20), ["planner", "operator"]);
        let explained = whose::actor("operator")
            .in_scope(whose::explain)
            .to_string();
        let hidden = explained.matches(r#"actor "operator" hidden"#).count();
        assert_eq!(hidden, 1, "{explained}");
    });
    let twice = whose::actor("a").actor("a").actor(Actor::agent("a"));
    twice.in_scope(|| assert_eq!(chain(), ["a", "a"]));
}

#[test]
fn identified_request_has_no_agent_of_the_traced_function() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        tracing::info_span!("server").in_scope(|| planned("customer"));
    });
    assert_eq!(rec.span("planned").actor_id(), Some("planner"));
    assert_eq!(rec.span("server").user_id(), Some("customer"));
    assert_eq!(rec.span("server").actor(), None);
}
