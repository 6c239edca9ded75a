//! The graph of calls, against a walk over all records in memory.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use rusqlite::Connection;
use support::{TIMEOUT, dispatch, folder, recorded};
use tracing::{Span, info, info_span};
use whose::RecordSink as _;
use whose_store::{
    CallSummary, Graph, GraphFilter, NodeKind, Prices, Queries, Query, Reader, Store, StoreError,
    Timestamp, Usd,
};

const PRICES: &str = "model,input,output\nm-0,1,0\nm-1,3,0\n";

/// A step of a program: what happens inside the step before, if that one is deep enough.
#[derive(Clone, Debug)]
struct Step {
    depth: usize,
    what: What,
    name: u8,
    user: u8,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Agent,
    Tool,
    Chain,
    Retriever,
    Embedding,
    UnnamedAgent,
    Llm,
    FailedLlm,
    Plain,
    Usage,
    Event,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let what = prop::sample::select(vec![
        What::Agent,
        What::Tool,
        What::Chain,
        What::Retriever,
        What::Embedding,
        What::UnnamedAgent,
        What::Llm,
        What::FailedLlm,
        What::Plain,
        What::Usage,
        What::Usage,
        What::Event,
    ]);
    let step = (0..6_usize, what, 0..3_u8, 0..3_u8);
    let step = step.prop_map(|(depth, what, name, user)| Step {
        depth,
        what,
        name,
        user,
    });
    prop::collection::vec(step, 1..60)
}

fn span(step: &Step) -> Option<Span> {
    let (name, tool) = (format!("a-{}", step.name), format!("t-{}", step.name));
    Some(match step.what {
        What::Agent => info_span!(
            "run",
            gen_ai.operation.name = "invoke_agent",
            gen_ai.agent.name = name
        ),
        What::Tool => info_span!(
            "use",
            gen_ai.operation.name = "execute_tool",
            gen_ai.tool.name = tool
        ),
        What::Chain => info_span!("chain", gen_ai.operation.name = "invoke_workflow"),
        What::Retriever => info_span!("fetch", gen_ai.operation.name = "retrieval"),
        What::Embedding => info_span!("embed", gen_ai.operation.name = "embeddings"),
        What::UnnamedAgent => info_span!("work", openinference.span.kind = "agent"),
        What::Llm => info_span!("complete", gen_ai.operation.name = "chat"),
        What::FailedLlm => {
            let model = format!("m-{}", step.name);
            let span = info_span!(
                "complete",
                gen_ai.operation.name = "chat",
                gen_ai.request.model = model
            );
            span.in_scope(|| whose::capture_error(&std::io::Error::other("refused")));
            span
        }
        What::Plain => info_span!("plain"),
        What::Usage | What::Event => return None,
    })
}

/// Runs a program: each step inside the open spans up to its depth.
fn run(steps: &[Step]) {
    let mut open: Vec<Span> = Vec::new();
    for step in steps {
        open.truncate(step.depth);
        let work = || match span(step) {
            Some(span) => Some(span),
            None if matches!(step.what, What::Usage) => {
                let usage = whose::usage(format!("m-{}", step.name));
                usage.input_tokens(1_000 + u64::from(step.name)).record();
                None
            }
            None => {
                info!("an event");
                None
            }
        };
        let in_scope = || match step.user {
            0 => work(),
            user => whose::user(format!("u-{user}"))
                .session(format!("s-{user}"))
                .in_scope(work),
        };
        let span = match open.last() {
            Some(around) => around.clone().in_scope(in_scope),
            None => in_scope(),
        };
        open.extend(span);
    }
}

/// Lets some spans fail, and moves some behind their callers, into another partition, as the records
/// of another process can be.
fn change(path: &Path) {
    const CHANGE: &str = "
        INSERT OR IGNORE INTO traits
          SELECT id + 1000, user_source, unattributed, session_source, kind, 1, user_site,
            session_site, weight FROM traits;
        CREATE TEMP TABLE spans AS SELECT r.id, q.kind FROM records r
          JOIN sites s ON s.id = r.site JOIN traits q ON q.id = r.traits WHERE s.type = 'span';
        UPDATE records SET traits = traits + 1000
          WHERE id % 3 = 0 AND traits + 1000 IN (SELECT id FROM traits)
            AND id IN (SELECT id FROM spans);
        UPDATE records SET id = id + 100000
          WHERE id % 4 = 1 AND id IN (SELECT id FROM spans WHERE kind NOT IN ('', 'llm'));
        DELETE FROM part_times;";
    let file = Connection::open(path).unwrap();
    file.pragma_update(None, "foreign_keys", false).unwrap();
    file.execute_batch(CHANGE).unwrap();
}

/// A record, as the file has it.
struct Row {
    id: i64,
    start: i64,
    duration: Option<i64>,
    is_span: bool,
    name: String,
    kind: String,
    failed: bool,
    user: Option<String>,
    span: Option<i64>,
    parent: Option<i64>,
    fields: serde_json::Value,
    model: Option<(String, u64)>,
    agent: String,
    tool: String,
}

fn all_rows(path: &Path) -> Vec<Row> {
    let file = Connection::open(path).unwrap();
    let sql = "SELECT r.id, r.start, r.duration, s.type, s.name, q.kind, q.failed, u.uid, r.span,
        r.parent, coalesce(t.fields, '{}'), m.model, g.input_tokens, coalesce(g.agent, ''),
        coalesce(g.tool, '')
      FROM records r JOIN sites s ON s.id = r.site JOIN traits q ON q.id = r.traits
      JOIN texts t ON t.id = r.text LEFT JOIN users u ON u.id = r.user
      LEFT JOIN usages g ON g.record = r.id LEFT JOIN models m ON m.id = g.model ORDER BY r.id";
    let mut statement = file.prepare(sql).unwrap();
    let rows = statement.query_map((), |row| {
        let model: Option<String> = row.get(11)?;
        let tokens: Option<i64> = row.get(12)?;
        Ok(Row {
            id: row.get(0)?,
            start: row.get(1)?,
            duration: row.get(2)?,
            is_span: row.get::<_, String>(3)? == "span",
            name: row.get(4)?,
            kind: row.get(5)?,
            failed: row.get(6)?,
            user: row.get(7)?,
            span: row.get(8)?,
            parent: row.get(9)?,
            fields: serde_json::from_str(&row.get::<_, String>(10)?).unwrap(),
            model: model.zip(tokens.map(i64::cast_unsigned)),
            agent: row.get(13)?,
            tool: row.get(14)?,
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

type Node = (NodeKind, Option<String>);

impl Row {
    /// The node that a span with a kind is; `None` for a span around a model call.
    fn node(&self) -> Option<Node> {
        let named = |field: &str| {
            let name = self.fields[field].as_str().unwrap_or(&self.name);
            Some(name.to_owned())
        };
        Some(match &*self.kind {
            "agent" => (NodeKind::Agent, named("gen_ai.agent.name")),
            "tool" => (NodeKind::Tool, named("gen_ai.tool.name")),
            "chain" => (NodeKind::Chain, Some(self.name.clone())),
            "retriever" => (NodeKind::Retriever, Some(self.name.clone())),
            "embedding" => (NodeKind::Embedding, Some(self.name.clone())),
            "" | "llm" => return None,
            kind => panic!("{kind}"),
        })
    }
}

/// The records with their spans by id.
struct Memory<'r> {
    rows: &'r [Row],
    spans: BTreeMap<i64, &'r Row>,
}

impl<'r> Memory<'r> {
    fn new(rows: &'r [Row]) -> Self {
        let spans = rows.iter().filter(|row| row.is_span);
        let spans = spans.map(|row| (row.span.unwrap(), row)).collect();
        Self { rows, spans }
    }

    fn around(&self, row: &Row) -> Option<&'r Row> {
        let id = if row.is_span { row.parent } else { row.span };
        self.spans.get(&id?).copied()
    }

    /// The node of the nearest span with a kind around a record, or what a model call states.
    fn caller(&self, row: &Row) -> Node {
        let mut next = self.around(row);
        while let Some(span) = next {
            if let Some(node) = span.node() {
                return node;
            }
            next = self.around(span);
        }
        match (&*row.tool, &*row.agent) {
            ("", "") => (NodeKind::Service, None),
            ("", agent) => (NodeKind::Agent, Some(agent.to_owned())),
            (tool, _) => (NodeKind::Tool, Some(tool.to_owned())),
        }
    }

    /// The spans of model calls up to the nearest span with a kind around a model call.
    fn model_spans(&self, row: &Row) -> Vec<&'r Row> {
        let mut spans = Vec::new();
        let mut next = self.around(row);
        while let Some(span) = next.filter(|span| span.node().is_none()) {
            if span.kind == "llm" {
                spans.push(span);
            }
            next = self.around(span);
        }
        spans
    }

    fn edges(&self, counts: impl Fn(&Row) -> bool) -> BTreeMap<(Node, Node), Expected> {
        let prices = Prices::empty().with_csv(PRICES).unwrap();
        let mut edges: BTreeMap<(Node, Node), Expected> = BTreeMap::new();
        let mut with_calls = Vec::new();
        for row in self.rows.iter().filter(|row| row.model.is_some()) {
            let (model, tokens) = row.model.as_ref().unwrap();
            let spans = self.model_spans(row);
            with_calls.extend(spans.iter().map(|span| span.id));
            if !counts(row) {
                continue;
            }
            let price = prices
                .get(model)
                .and_then(|history| history.latest(whose_store::Day::today()));
            let cost = price.map(|price| {
                price
                    .cost(&whose_store::TokenCounts::new(*tokens, 0))
                    .unwrap()
            });
            let edge = (self.caller(row), (NodeKind::Model, Some(model.clone())));
            let duration = spans.first().and_then(|span| span.duration);
            let failed = spans.first().is_some_and(|span| span.failed);
            edges
                .entry(edge)
                .or_default()
                .add(duration, failed, Some(cost));
        }
        for row in self.rows.iter().filter(|row| row.is_span && counts(row)) {
            let target = match row.node() {
                Some(node) => node,
                None if row.kind == "llm" && !with_calls.contains(&row.id) => {
                    let name = row.fields["gen_ai.request.model"].as_str();
                    (NodeKind::Model, Some(name.unwrap_or(&row.name).to_owned()))
                }
                None => continue,
            };
            let edge = (self.caller(row), target);
            edges
                .entry(edge)
                .or_default()
                .add(row.duration, row.failed, None);
        }
        edges
    }
}

#[derive(Debug, Default, PartialEq)]
struct Expected {
    count: u64,
    errors: u64,
    durations: Vec<u64>,
    model_calls: u64,
    cost: Option<Usd>,
}

impl Expected {
    fn add(&mut self, duration: Option<i64>, failed: bool, call: Option<Option<Usd>>) {
        self.count += 1;
        self.errors += u64::from(failed);
        self.durations.extend(duration.map(i64::cast_unsigned));
        if let Some(cost) = call {
            self.model_calls += 1;
            if let Some(cost) = cost {
                self.cost = Some(self.cost.unwrap_or_default() + cost);
            }
        }
    }
}

fn assert_equal(graph: &Graph, expected: &BTreeMap<(Node, Node), Expected>) {
    let node = |index: usize| {
        let node = &graph.nodes[index];
        (node.kind, node.name.clone())
    };
    let edges: BTreeMap<_, _> = graph
        .edges
        .iter()
        .map(|edge| ((node(edge.from), node(edge.to)), edge.calls))
        .collect();
    assert_eq!(edges.len(), graph.edges.len(), "no edge is there twice");
    assert_eq!(
        edges.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    for (edge, calls) in edges {
        let wanted = &expected[&edge];
        assert_eq!(
            (
                calls.count,
                calls.errors,
                calls.usage.calls,
                calls.usage.cost_usd
            ),
            (wanted.count, wanted.errors, wanted.model_calls, wanted.cost),
            "{edge:?}"
        );
        assert_eq!(calls.max_duration, wanted.durations.iter().max().copied());
        assert_percentiles(&calls, &wanted.durations);
        let sum: u64 = wanted.durations.iter().sum();
        let mean = wanted.durations.len() as u64;
        let near = |mean_of: u64| mean_of.abs_diff(sum / mean) <= 1;
        assert_eq!(calls.mean_duration.is_some(), mean > 0);
        assert!(calls.mean_duration.is_none_or(near), "{edge:?}");
    }
}

/// The percentiles are the nearest-rank ones, within the stated bound.
fn assert_percentiles(calls: &CallSummary, durations: &[u64]) {
    let mut durations = durations.to_vec();
    durations.sort_unstable();
    for (found, percent) in [(calls.p50_duration, 50), (calls.p95_duration, 95)] {
        let rank = (durations.len() * percent).div_ceil(100);
        let expected = durations.get(rank.saturating_sub(1)).copied();
        assert_eq!(found.is_some(), expected.is_some());
        let (found, expected) = (found.unwrap_or_default(), expected.unwrap_or_default());
        assert!(
            found.abs_diff(expected) * 1_000 <= expected * 8,
            "p{percent} is {found}, not {expected}"
        );
    }
}

fn reader(path: &Path) -> Reader {
    let prices = Prices::empty().with_csv(PRICES).unwrap();
    Reader::open(path).unwrap().with_prices(prices)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn graph_equals_walk_over_all_records(programs in prop::collection::vec(steps(), 1..4)) {
        let folder = folder();
        let path = folder.path().join("whose.db");
        let store = Store::open(&path).unwrap();
        let subscriber = dispatch(&store);
        tracing::dispatcher::with_default(&subscriber, || {
            programs.iter().for_each(|steps| run(steps));
        });
        prop_assert!(store.flush(TIMEOUT).is_complete());
        drop(store);
        change(&path);
        let rows = all_rows(&path);
        let memory = Memory::new(&rows);
        let graph = reader(&path).graph(&GraphFilter::new(), &Query::new()).unwrap();
        assert_equal(&graph, &memory.edges(|_| true));
        prop_assert_eq!((graph.detached_calls, graph.covers_since), (0, None));
    }
}

/// A store with the calls of two users by one agent, and its rows.
fn two_users() -> (tempfile::TempDir, Vec<Row>) {
    let folder = folder();
    let (_, store) = recorded(folder.path(), || {
        for user in ["alice", "bob", "alice"] {
            whose::user(user)
                .session(format!("of {user}"))
                .in_scope(|| {
                    let step = |what| Step {
                        depth: 0,
                        what,
                        name: 0,
                        user: 0,
                    };
                    let agent = span(&step(What::Agent)).unwrap();
                    agent.in_scope(|| {
                        span(&step(What::Tool)).unwrap().in_scope(|| ());
                        span(&step(What::Llm)).unwrap().in_scope(|| {
                            whose::usage("m-1").input_tokens(7).record();
                        });
                    });
                });
        }
    });
    drop(store);
    let rows = all_rows(&folder.path().join("whose.db"));
    (folder, rows)
}

#[test]
fn graph_of_a_user_or_session_has_only_its_calls() {
    let (folder, rows) = two_users();
    let memory = Memory::new(&rows);
    let reader = reader(&folder.path().join("whose.db"));
    let graph = |filter| reader.graph(&filter, &Query::new()).unwrap();
    let expected = memory.edges(|row| row.user.as_deref() == Some("alice"));
    assert_equal(&graph(GraphFilter::new().user("alice")), &expected);
    assert_equal(&graph(GraphFilter::new().session("of alice")), &expected);
    let both = GraphFilter::new().user("alice").session("of bob");
    assert_eq!(graph(both).edges, []);
    let error = reader.graph(&GraphFilter::new().user("'"), &Query::new());
    assert!(matches!(error.unwrap_err(), StoreError::UnknownUser { .. }));
}

#[test]
fn graph_of_a_time_range_has_only_calls_that_start_in_it() {
    let (folder, rows) = two_users();
    let memory = Memory::new(&rows);
    let reader = reader(&folder.path().join("whose.db"));
    // A range that begins at a model call, inside its agent.
    for row in &rows {
        let query = Query::new().since(Timestamp::from_nanos(row.start));
        let graph = reader.graph(&GraphFilter::new(), &query).unwrap();
        assert_equal(&graph, &memory.edges(|call| call.start >= row.start));
    }
}

#[test]
fn call_whose_caller_is_lost_starts_at_its_service_or_at_the_stated_agent() {
    let folder = folder();
    let (_, store) = recorded(folder.path(), || {
        let step = |what| Step {
            depth: 0,
            what,
            name: 1,
            user: 0,
        };
        let agent = span(&step(What::Agent)).unwrap();
        agent.in_scope(|| whose::usage("m-0").input_tokens(1).record());
        agent.in_scope(|| span(&step(What::Tool)).unwrap().in_scope(|| ()));
        // The process ends before the span closes.
        std::mem::forget(agent);
    });
    drop(store);
    let reader = reader(&folder.path().join("whose.db"));
    let graph = reader.graph(&GraphFilter::new(), &Query::new()).unwrap();
    let name = |index: usize| graph.nodes[index].name.as_deref().unwrap_or("service");
    let edges = graph.edges.iter();
    let mut edges: Vec<_> = edges
        .map(|edge| (name(edge.from), name(edge.to), edge.calls.count))
        .collect();
    edges.sort_unstable();
    assert_eq!(edges, [("a-1", "m-0", 1), ("service", "t-1", 1)]);
    assert_eq!(graph.detached_calls, 2);
}

#[test]
fn nodes_past_the_limit_become_one_node_and_no_call_is_lost() {
    let folder = folder();
    let (_, store) = recorded(folder.path(), || {
        for number in 0..30_u32 {
            for _ in 0..=number {
                let span = info_span!(
                    "run",
                    gen_ai.operation.name = "invoke_agent",
                    gen_ai.agent.name = format!("<script>{number}")
                );
                span.in_scope(|| whose::usage("m-0").input_tokens(1).record());
            }
        }
    });
    drop(store);
    let reader = reader(&folder.path().join("whose.db"));
    let graph = |nodes| {
        reader
            .graph(&GraphFilter::new().max_nodes(nodes), &Query::new())
            .unwrap()
    };
    let all = graph(32);
    assert_eq!((all.nodes.len(), all.edges.len()), (32, 60));
    let calls = |graph: &Graph| graph.edges.iter().map(|edge| edge.calls.count).sum::<u64>();
    let cut = graph(10);
    assert_eq!((cut.nodes.len(), calls(&cut)), (10, calls(&all)));
    let other = cut.nodes.last().unwrap();
    // 32 nodes: 9 stand for themselves.
    assert_eq!((other.kind, other.nodes), (NodeKind::Other, 23));
    let hidden: u32 = (1..=23).sum();
    assert_eq!(other.calls.count, u64::from(hidden));
    let cost = |graph: &Graph| -> Usd {
        graph
            .edges
            .iter()
            .filter_map(|edge| edge.calls.usage.cost_usd)
            .sum()
    };
    assert_eq!(cost(&cut), cost(&all));
}

#[test]
fn service_is_the_root_of_its_calls() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    for service in ["desk", "billing"] {
        let layer = whose::layer()
            .with_sink(store.clone())
            .with_service(whose::Service::new(service));
        let subscriber =
            tracing_subscriber::layer::SubscriberExt::with(tracing_subscriber::registry(), layer);
        tracing::subscriber::with_default(subscriber, || {
            whose::usage("m-0").input_tokens(1).record();
        });
    }
    assert!(store.flush(TIMEOUT).is_complete());
    let graph = reader(&path)
        .graph(&GraphFilter::new(), &Query::new())
        .unwrap();
    let services = graph
        .nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Service);
    let mut services: Vec<_> = services
        .map(|node| (node.name.as_deref().unwrap(), node.calls.count))
        .collect();
    services.sort_unstable();
    assert_eq!(services, [("billing", 1), ("desk", 1)]);
}

#[test]
fn empty_store_has_an_empty_graph() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || info!("no call"));
    let graph = reader.graph(&GraphFilter::new(), &Query::new()).unwrap();
    assert_eq!(graph, Graph::default());
}
