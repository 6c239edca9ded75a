//! The cost of agents of `rig` and `async-openai`, by user and to the picodollar, against what the
//! model server answered.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::prelude::*;
use whose::testing::Recorder;
use whose::{Record, ScopeExt};
use whose_agent_tests::{Desk, ModelServer, ask_anthropic, ask_async_openai, ask_rig, stream_rig};
use whose_store::{GroupBy, Queries, Query, Reader, Store};

/// Longer than any wait needs. An assertion follows each wait.
const TIMEOUT: Duration = Duration::from_secs(60);
const CUSTOMERS: usize = 12;

/// The store of this process, which has one subscriber for every test.
fn store() -> &'static PathBuf {
    static STORE: OnceLock<PathBuf> = OnceLock::new();
    STORE.get_or_init(|| {
        let path = tempfile::tempdir().unwrap().keep().join("whose.db");
        let store = Store::open(&path).unwrap();
        tracing_subscriber::registry()
            .with(whose::layer().with_sink(store))
            .init();
        path
    })
}

/// The calls and picodollars of each user, as the store computes them.
fn stored() -> BTreeMap<Option<String>, (u64, u128)> {
    assert!(whose::flush(TIMEOUT).is_complete());
    let reader = Reader::open(store()).unwrap();
    let report = reader.cost(&GroupBy::User, &Query::all()).unwrap();
    assert_eq!(report.unpriced.len(), 0, "{:?}", report.unpriced);
    let rows = report.rows.map(|row| {
        let row = row.unwrap();
        let cost = row.usage.cost_usd.unwrap().as_picos();
        (row.key, (row.usage.calls, cost.try_into().unwrap()))
    });
    rows.collect()
}

/// Asserts that every customer of the ledger has its calls and its cost, and nobody else has any.
fn assert_costs(prefix: &str, server: &ModelServer) {
    let truth = server.ledger().costs();
    let stored = stored();
    let (mut right, mut missing, mut wrong) = (0, 0, 0);
    for (customer, expected) in &truth {
        assert!(customer.starts_with(prefix), "{customer}");
        match stored.get(&Some(customer.clone())) {
            Some(cost) if cost == expected => right += 1,
            Some(_) => wrong += 1,
            None => missing += 1,
        }
    }
    let strangers = stored.keys().flatten();
    let strangers = strangers.filter(|user| user.starts_with(prefix) && !truth.contains_key(*user));
    assert_eq!(
        (right, missing, wrong, strangers.count()),
        (truth.len(), 0, 0, 0),
        "truth {truth:#?}, stored {stored:#?}"
    );
    assert_eq!(stored.get(&None), None, "calls without a user");
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap()
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Each customer asks every agent, all at once.
async fn all_ask(prefix: &str, server: &ModelServer) {
    let mut tasks = Vec::new();
    for number in 0..CUSTOMERS {
        let desk = Desk::new(server.url());
        let customer = format!("{prefix}-{number}");
        tasks.push(tokio::spawn(async move {
            let scope = || whose::user(&customer);
            let streamed = stream_rig(&desk, &customer).with_scope(scope());
            let called = ask_async_openai(&desk, &customer).with_scope(scope());
            let (traced, answered) = (ask_rig(&desk, &customer), ask_anthropic(&desk, &customer));
            tokio::join!(traced, streamed, answered, called);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    // Three agents call a model twice and a tool once; the tool calls a model once, as does
    // `async-openai` alone.
    let calls: u64 = server
        .ledger()
        .costs()
        .values()
        .map(|(calls, _)| calls)
        .sum();
    assert_eq!(calls, 10 * CUSTOMERS as u64);
}

#[test]
fn concurrent_agents_cost_what_the_server_answered_on_many_threads() {
    store();
    multi_thread().block_on(async {
        let server = ModelServer::start().await;
        all_ask("many", &server).await;
        assert_costs("many", &server);
    });
}

#[test]
fn concurrent_agents_cost_what_the_server_answered_on_one_thread() {
    store();
    current_thread().block_on(async {
        let server = ModelServer::start().await;
        all_ask("one", &server).await;
        assert_costs("one", &server);
    });
}

#[test]
fn one_question_to_each_agent_costs_what_a_hand_computed_bill_says() {
    store();
    // Answers 0 to 2: 976, 986 and 996 tokens of input at $0.25 a million; 1,024, 1,027 and 1,030 cached
    // ones at $0.025; 400, 407 and 414 of output, with the reasoning ones, at $2.
    let on_openai = 2_958 * 250_000 + 3_081 * 25_000 + 1_221 * 2_000_000;
    // Answer 3: 9,003 tokens of input at $3, 53 from the cache at $0.30, 1,233 to the cache at $3.75, 321
    // of output at $15. Answer 4 is the tool's, on OpenAI. Answer 5: 9,005, 55, 1,255 and 335.
    let on_anthropic = 18_008 * 3_000_000 + 108 * 300_000 + 2_488 * 3_750_000 + 656 * 15_000_000;
    // 2,052 - 1,036 tokens of input, 1,036 cached ones, 428 of output.
    let of_its_tool = 1_016 * 250_000 + 1_036 * 25_000 + 428 * 2_000_000;
    multi_thread().block_on(async {
        let server = ModelServer::start().await;
        let desk = Desk::new(server.url());
        ask_rig(&desk, "hand-openai").await;
        ask_anthropic(&desk, "hand-anthropic").await;
    });
    let stored = stored();
    let cost = |user: &str| stored[&Some(user.to_owned())];
    assert_eq!(cost("hand-openai"), (3, on_openai));
    assert_eq!(cost("hand-anthropic"), (3, on_anthropic + of_its_tool));
}

#[test]
fn every_span_of_an_agent_has_the_user_and_only_calls_have_usage() {
    store();
    let recorder = Recorder::start();
    multi_thread().block_on(
        async {
            let server = ModelServer::start().await;
            let desk = Desk::new(server.url());
            let customer = "recorded-1";
            stream_rig(&desk, customer)
                .with_scope(whose::user(customer))
                .await;
        }
        .with_current_scope(),
    );
    let spans = recorder.spans();
    let users: Vec<_> = spans.iter().map(Record::user_id).collect();
    assert!(
        users.iter().all(|user| *user == Some("recorded-1")),
        "{users:?}"
    );
    let named = |name: &'static str| spans.iter().filter(move |span| span.name() == name);
    assert_eq!(named("execute_tool").count(), 1);
    assert_eq!(named("chat").filter_map(Record::model_usage).count(), 2);
    // The agent's span has the sum of its calls, and no usage.
    let agent = named("invoke_agent").next().unwrap();
    let sum = agent.field("gen_ai.usage.input_tokens").unwrap().as_u64();
    let parts = named("chat").map(|span| span.model_usage().unwrap().tokens.input);
    assert_eq!(sum, Some(parts.sum()));
    assert_eq!(agent.model_usage(), None);
    let lines = recorder.events();
    let tool = lines
        .iter()
        .find(|line| line.message() == Some("tool runs"));
    assert_eq!(tool.unwrap().user_id(), Some("recorded-1"));
}
