//! The table of the calls between agents, tools, models and services.

use whose_store::{Graph, GraphEdge, GraphNode};

use crate::command_line::table::Table;
use crate::values::{
    escape, estimate, format_duration, format_number, format_time, or_dash, pluralize,
};

/// An edge with the names of its nodes.
pub(crate) struct NamedEdge {
    from: String,
    to: String,
    edge: GraphEdge,
}

pub(crate) fn named_edges(graph: &Graph) -> Vec<NamedEdge> {
    let name = |index: usize| graph.nodes.get(index).map_or(or_dash(None), node_name);
    let edges = graph.edges.iter().map(|edge| NamedEdge {
        from: name(edge.from),
        to: name(edge.to),
        edge: *edge,
    });
    edges.collect()
}

fn node_name(node: &GraphNode) -> String {
    match &node.name {
        Some(name) => format!("{} {}", node.kind, escape(name)),
        None if node.nodes > 1 => format!("{} ({})", node.kind, format_number(node.nodes)),
        None => node.kind.to_string(),
    }
}

pub(crate) fn graph() -> Table<NamedEdge> {
    let count =
        |row: &NamedEdge, number: u64| estimate(format_number(number), row.edge.calls.is_estimated);
    Table::new()
        .id("from", |row: &NamedEdge| row.from.clone())
        .id("to", |row| row.to.clone())
        .number("calls", move |row| count(row, row.edge.calls.count))
        .number("errors", move |row| count(row, row.edge.calls.errors))
        .number("mean", |row| format_duration(row.edge.calls.mean_duration))
        .number("p50", |row| format_duration(row.edge.calls.p50_duration))
        .number("p95", |row| format_duration(row.edge.calls.p95_duration))
        .number("longest", |row| {
            format_duration(row.edge.calls.max_duration)
        })
        .amount(
            "cost",
            |row| row.edge.calls.usage.cost_usd,
            |row| row.edge.calls.is_estimated,
        )
        .unless_empty()
}

pub(crate) fn graph_notes(graph: &Graph) -> Vec<String> {
    if graph.edges.is_empty() {
        return vec!["no agent, tool or model was called".to_owned()];
    }
    let calls = graph.edges.iter().map(|edge| edge.calls.count).sum();
    let mut notes = vec![format!(
        "{} between {}",
        pluralize(calls, "call"),
        pluralize(graph.nodes.len() as u64, "node")
    )];
    if graph.detached_calls > 0 {
        let calls = pluralize(graph.detached_calls, "call");
        notes.push(format!(
            "{calls} without a known caller: the span around the call is not in the store"
        ));
    }
    if let Some(since) = graph.covers_since {
        let since = format_time(since);
        notes.push(format!(
            "only the newest records are covered, from {since} on"
        ));
    }
    notes
}
