//! A model call has the nearest agent and the nearest tool around it.

use std::sync::Arc;

use tokio::sync::Barrier;
use tracing::{Instrument, info_span};
use whose::testing::Recorder;
use whose::{Policy, Record, ScopeExt};

fn call() {
    whose::usage("m").input_tokens(1).record();
}

/// The agent and the tool of a call.
fn callers(record: &Record) -> (Option<&str>, Option<&str>) {
    let usage = record.model_usage().unwrap();
    (usage.agent, usage.tool)
}

#[whose::trace(kind = agent, name = "plan")]
fn plan(work: impl FnOnce()) {
    work();
}

#[whose::trace(kind = agent, name = "research")]
fn research(work: impl FnOnce()) {
    work();
}

#[whose::trace(kind = tool)]
fn look_up(work: impl FnOnce()) {
    work();
}

#[whose::trace(kind = llm)]
fn complete(work: impl FnOnce()) {
    work();
}

#[test]
fn call_in_a_tool_in_an_agent_in_an_agent_has_the_nearest_of_each() {
    let rec = Recorder::start();
    call();
    plan(|| {
        call();
        research(|| look_up(|| complete(call)));
        look_up(|| research(call));
        call();
    });
    let events = rec.events();
    let expected = [
        (None, None),
        (Some("plan"), None),
        (Some("research"), Some("look_up")),
        (Some("research"), Some("look_up")),
        (Some("plan"), None),
    ];
    assert_eq!(events.iter().map(callers).collect::<Vec<_>>(), expected);
}

#[test]
fn name_in_the_fields_of_a_span_counts_more_than_the_name_of_the_span() {
    let rec = Recorder::start();
    let agent = info_span!(
        "invoke_agent planner",
        gen_ai.operation.name = "invoke_agent",
        gen_ai.agent.name = tracing::field::Empty
    );
    agent.record("gen_ai.agent.name", "planner");
    let tool = info_span!(
        parent: &agent,
        "tools/call look_up_order",
        mcp.method.name = "tools/call",
        gen_ai.tool.name = "look_up_order"
    );
    tool.in_scope(call);
    assert_eq!(
        callers(&rec.events()[0]),
        (Some("planner"), Some("look_up_order"))
    );
    assert_eq!(
        rec.events()[0].field("gen_ai.agent.name").unwrap().as_str(),
        Some("planner")
    );
}

#[test]
fn call_of_an_mcp_tool_is_a_tool_and_other_requests_are_not() {
    let rec = Recorder::start();
    for method in ["tools/call", "tools/list", "prompts/get"] {
        drop(info_span!(
            "request",
            mcp.method.name = method,
            gen_ai.prompt.name = "greeting"
        ));
    }
    let spans = rec.spans();
    let kinds: Vec<_> = spans.iter().map(Record::kind).collect();
    assert_eq!(kinds, [Some(whose::Kind::Tool), None, None]);
    // The name of a prompt is no content of a message.
    let prompt = spans[2].field("gen_ai.prompt.name").unwrap();
    assert_eq!(prompt.as_str(), Some("greeting"));
}

#[test]
fn call_that_is_a_span_or_a_tracing_event_has_agent_and_tool() {
    let rec = Recorder::start();
    plan(|| {
        look_up(|| {
            let chat = info_span!(
                "chat",
                gen_ai.request.model = "m",
                gen_ai.usage.input_tokens = tracing::field::Empty
            );
            chat.in_scope(|| ());
            chat.record("gen_ai.usage.input_tokens", 5);
            tracing::info!(gen_ai.request.model = "m", gen_ai.usage.input_tokens = 1);
        });
    });
    assert_eq!(callers(&rec.span("chat")), (Some("plan"), Some("look_up")));
    assert_eq!(callers(&rec.events()[0]), (Some("plan"), Some("look_up")));
}

#[test]
fn agent_that_a_call_names_itself_stays() {
    let rec = Recorder::start();
    plan(|| {
        look_up(|| {
            // As a record that came from another process.
            tracing::info!(
                gen_ai.request.model = "m",
                gen_ai.usage.input_tokens = 1,
                gen_ai.agent.name = "remote",
                tool.name = "far"
            );
        });
    });
    assert_eq!(callers(&rec.events()[0]), (Some("remote"), Some("far")));
}

#[test]
fn other_records_get_no_agent() {
    let rec = Recorder::start();
    plan(|| {
        tracing::info!(gen_ai.request.model = "m", "asks");
        whose::score("helpful", true).record();
        whose::capture_message("refused");
        info_span!("inner").in_scope(|| ());
    });
    let spans = rec.spans();
    let records = rec.events().into_iter().chain(rec.errors()).chain(spans);
    for record in records {
        assert!(record.field("gen_ai.agent.name").is_none(), "{record:?}");
    }
}

#[test]
fn agent_passes_the_policy() {
    use tracing_subscriber::prelude::*;

    let policy = Policy::new()
        .drop("gen_ai.agent.name")
        .mask("gen_ai.tool.name");
    let layer = whose::layer().with_policy(policy).unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let rec = Recorder::start();
        plan(|| look_up(call));
        let events = rec.events();
        let (agent, tool) = callers(&events[0]);
        assert_eq!(agent, None);
        assert_ne!(tool, Some("look_up"));
    });
}

#[test]
fn rule_for_actors_applies_to_the_agent_of_a_call() {
    use tracing_subscriber::prelude::*;
    use whose_tests::memory_sink::MemorySink;

    let calls = |policy| {
        let kept = MemorySink::default();
        let layer = whose::layer().with_policy(policy).unwrap();
        let layer = layer.with_sink(kept.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            whose::actor(whose::Actor::agent("planner-of-bob")).in_scope(call);
            plan(call);
        });
        let calls = kept.records();
        let calls = calls.iter().filter(|call| call.model_usage().is_some());
        calls
            .map(|call| callers(call).0.map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let expected = [None, Some("plan".to_owned())];
    assert_eq!(calls(Policy::new().drop("whose.actor.id")), expected);
    let key = whose::PolicyKey::new("k1", [7; 32]).unwrap();
    let expected = [
        Some(key.pseudonym("planner-of-bob")),
        Some("plan".to_owned()),
    ];
    let policy = Policy::new().pseudonymise("whose.actor.id", &key);
    assert_eq!(calls(policy), expected);
}

#[test]
fn agent_is_searched_in_a_bounded_number_of_spans() {
    let rec = Recorder::start();
    let mut spans = vec![info_span!("outermost", gen_ai.operation.name = "invoke_agent").entered()];
    for _ in 0..200 {
        spans.push(info_span!("level").entered());
    }
    call();
    for _ in 0..100 {
        spans.push(info_span!("level").entered());
    }
    call();
    while spans.pop().is_some() {}
    let events = rec.events();
    assert_eq!(callers(&events[0]), (Some("outermost"), None));
    assert_eq!(callers(&events[1]), (None, None));
}

/// Two agents at once, each with a spawned task; the calls of all tasks alternate.
async fn two_agents_at_once() {
    let rec = Recorder::start();
    let barrier = Arc::new(Barrier::new(4));
    let agent = |name: &'static str| {
        let barrier = barrier.clone();
        let span = info_span!(
            "invoke_agent",
            gen_ai.operation.name = "invoke_agent",
            gen_ai.agent.name = name
        );
        let work = move |barrier: Arc<Barrier>| async move {
            for _ in 0..20 {
                barrier.wait().await;
                whose::usage(name).input_tokens(1).record();
            }
        };
        let body = async move {
            let task = work(barrier.clone()).instrument(info_span!("task"));
            let task = tokio::spawn(task);
            work(barrier).await;
            task.await.unwrap();
        };
        whose::task::spawn(body.instrument(span))
    };
    let (one, two) = (agent("one"), agent("two"));
    one.await.unwrap();
    two.await.unwrap();
    let events = rec.events();
    assert_eq!(events.len(), 80);
    for event in events {
        let usage = event.model_usage().unwrap();
        assert_eq!(usage.agent, Some(usage.model));
    }
}

#[tokio::test]
async fn concurrent_agents_are_not_mixed_on_one_thread() {
    two_agents_at_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_agents_are_not_mixed_on_many_threads() {
    two_agents_at_once().await;
}

#[tokio::test]
async fn call_in_a_carried_scope_without_a_span_has_the_agent_that_acts() {
    let rec = Recorder::start();
    let planner = whose::Actor::agent("planner");
    let scope = whose::user("alice").actor("operator").actor(planner);
    let task = async { call() }.with_scope(scope);
    tokio::spawn(task.with_current_scope()).await.unwrap();
    whose::user("alice").actor("operator").in_scope(call);
    // A span around the call is nearer than the actor.
    whose::user("alice")
        .actor(whose::Actor::agent("outer"))
        .in_scope(|| plan(call));
    let events = rec.events();
    let expected = [(Some("planner"), None), (None, None), (Some("plan"), None)];
    assert_eq!(events.iter().map(callers).collect::<Vec<_>>(), expected);
}
