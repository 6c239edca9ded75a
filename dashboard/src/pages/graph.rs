//! Who called what: agents, tools, models and services, and the calls between them.

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{Graph, GraphEdge, GraphFilter, GraphNode, NodeKind, Queries};

use super::components::{Table, Value, empty_state};
use super::page_error::PageError;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::{UrlQuery, href};
use crate::values::pluralize;

/// The graph of calls.
#[derive(Debug)]
pub(crate) struct GraphView;

/// The data of [`GraphView`].
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct CallGraph {
    graph: Graph,
}

/// The most nodes of the page, without the parameter `nodes`.
const NODES: usize = 40;

/// The kinds of the legend, in the order of the picture.
const KINDS: [NodeKind; 9] = [
    NodeKind::Service,
    NodeKind::Agent,
    NodeKind::Chain,
    NodeKind::Tool,
    NodeKind::Retriever,
    NodeKind::Embedding,
    NodeKind::Task,
    NodeKind::Model,
    NodeKind::Other,
];

impl View for GraphView {
    type Data = CallGraph;

    const PATH: &'static str = "/graph";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<CallGraph, PageError> {
        let nodes = query.parsed("nodes")?.unwrap_or(NODES);
        let mut filter = GraphFilter::new().max_nodes(nodes);
        if let Some(user) = query.get("user") {
            filter = filter.user(user);
        }
        if let Some(session) = query.get("session") {
            filter = filter.session(session);
        }
        let graph = store.graph(&filter, &query.range(NODES)?)?;
        Ok(CallGraph { graph })
    }

    /// The calls of one user show what the user did.
    fn body(data: &CallGraph, context: &PageContext) -> PageBody {
        let graph = &data.graph;
        let content = html! {
            (filter_form(context))
            @if graph.edges.is_empty() {
                (empty_state(
                    "No agent, tool or model was called in this time range.",
                    "Choose a longer time range, or give spans a kind: #[whose::trace(agent = \"planner\")] \
                     for an agent, #[whose::trace(kind = tool)] for a tool, and whose::usage for a model call.",
                ))
            } @else {
                (picture(graph, context))
                h2 { "Calls" }
                (edge_table().html(&edges(graph), context))
                h2 { "Nodes" }
                (node_table().html(&graph.nodes, context))
            }
        };
        PageBody {
            scripts: &["cytoscape.js", "graph.js"],
            ..PageBody::new("Graph of calls", content)
        }
    }

    fn csv(data: &CallGraph) -> CsvTable {
        edge_table().csv(&edges(&data.graph))
    }
}

/// The form that chooses a user or a session.
fn filter_form(context: &PageContext) -> Markup {
    let others = context.query.only(&["since", "until", "nodes"]);
    html! {
        form.filters action=(context.path) method="get" {
            @for (name, value) in others.pairs() {
                input type="hidden" name=(name) value=(value);
            }
            label { "User " input name="user" size="16" value=[context.query.get("user")]; }
            label { "Session " input name="session" size="16" value=[context.query.get("session")]; }
            button type="submit" { "Show" }
            @if context.query.get("user").is_some() || context.query.get("session").is_some() {
                a href=(others.href(context.path)) { "All users" }
            }
        }
    }
}

/// The place of the picture, its legend, and what the picture leaves out.
fn picture(graph: &Graph, context: &PageContext) -> Markup {
    let calls: u64 = graph.edges.iter().map(|edge| edge.calls.count).sum();
    let hidden = graph.nodes.iter().find(|node| node.kind == NodeKind::Other);
    let is_used = |kind: &&NodeKind| graph.nodes.iter().any(|node| node.kind == **kind);
    let more_nodes = context.href_with("nodes", GraphFilter::MAX_NODES.to_string());
    html! {
        p.summary {
            (pluralize(graph.nodes.len() as u64, "node")) " · " (pluralize(calls, "call"))
            @if let Some(other) = hidden {
                " · the node “other” stands for " (pluralize(other.nodes, "node")) " with few calls "
                a href=(more_nodes) { "(show more)" }
            }
            @if graph.detached_calls > 0 {
                " · " (pluralize(graph.detached_calls, "call"))
                " without a known caller: the span around the call is not in the store"
            }
        }
        @if let Some(since) = graph.covers_since {
            p.notice {
                "The graph covers the newest records only, from " (Value::Time(since).html())
                " on. Choose a shorter time range for an earlier part."
            }
        }
        ul.legend.graph-legend {
            @for kind in KINDS.iter().filter(is_used) {
                li { span.node-shape.{ "node-" (kind) } aria-hidden="true" {} (kind.to_string()) }
            }
            li { span.edge-failed aria-hidden="true" {} "calls with errors" }
        }
        div.graph-frame {
            // The script of the graph adds a style element, which the policy of the page forbids,
            // unless an element with this id exists.
            template id="__________cytoscape_stylesheet" {}
            div #graph data-graph=(context.twin(".json")) role="img"
                aria-label="The graph of calls; the tables below have the same numbers" {}
            div #graph-details.graph-details aria-live="polite" {
                p.muted { "Select a node or an edge to see its calls." }
            }
            noscript { p.muted { "The picture needs JavaScript. The tables have the same numbers." } }
        }
    }
}

/// An edge with the names of its nodes.
struct NamedEdge {
    from: GraphNode,
    to: GraphNode,
    edge: GraphEdge,
}

fn edges(graph: &Graph) -> Vec<NamedEdge> {
    let named = graph.edges.iter().filter_map(|edge| {
        Some(NamedEdge {
            from: graph.nodes.get(edge.from)?.clone(),
            to: graph.nodes.get(edge.to)?.clone(),
            edge: *edge,
        })
    });
    named.collect()
}

/// The name of a node. Nodes that have none are named by their kind.
fn name(node: &GraphNode) -> Value {
    match (&node.name, node.kind) {
        (Some(name), NodeKind::Agent | NodeKind::Tool | NodeKind::Model | NodeKind::Service) => {
            Value::Link {
                text: name.clone(),
                href: href("/cost", node.kind.as_str(), name),
            }
        }
        (Some(name), _) => Value::Text(name.clone()),
        (None, NodeKind::Other) => Value::Label(format!("other ({})", node.nodes)),
        (None, kind) => Value::Label(format!("{kind} without a name")),
    }
}

fn edge_table() -> Table<NamedEdge> {
    let table = Table::new("Calls between nodes")
        .column("from", |row: &NamedEdge| {
            Value::Label(row.from.kind.to_string())
        })
        .column("caller", |row| name(&row.from))
        .column("to", |row| Value::Label(row.to.kind.to_string()))
        .column("called", |row| name(&row.to));
    with_calls(table, |row| row.edge.calls)
}

fn node_table() -> Table<GraphNode> {
    let table = Table::new("Nodes")
        .column("kind", |node: &GraphNode| {
            Value::Label(node.kind.to_string())
        })
        .column("name", name);
    with_calls(table, |node| node.calls)
}

fn with_calls<T: 'static>(table: Table<T>, calls: fn(&T) -> whose_store::CallSummary) -> Table<T> {
    let count = move |row: &T, number| Value::Number {
        number,
        is_estimated: calls(row).is_estimated,
    };
    table
        .column("calls", move |row| count(row, calls(row).count))
        .column("errors", move |row| count(row, calls(row).errors))
        .column("mean duration", move |row| {
            duration(calls(row).mean_duration)
        })
        .column("p50", move |row| duration(calls(row).p50_duration))
        .column("p95", move |row| duration(calls(row).p95_duration))
        .column("longest", move |row| duration(calls(row).max_duration))
        .column("tokens", move |row| match calls(row).usage {
            usage if usage.calls == 0 => Value::Missing,
            usage => count(row, usage.input_tokens + usage.output_tokens),
        })
        .column("cost", move |row| match calls(row).usage.cost_usd {
            Some(amount) => Value::Amount {
                amount,
                is_estimated: calls(row).is_estimated,
            },
            None => Value::Missing,
        })
}

fn duration(nanos: Option<u64>) -> Value {
    nanos.map_or(Value::Missing, Value::Duration)
}
