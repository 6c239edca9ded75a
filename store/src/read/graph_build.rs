//! The graph of the nodes with the most calls.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::graph::{Graph, GraphEdge, GraphNode, NodeKind};
use super::graph_state::GraphState;
use super::graph_sums::{CallSum, NodeId, Nodes};

/// A node, and the calls that it received and made.
#[derive(Clone, Default)]
struct NodeSums {
    received: CallSum,
    made: CallSum,
}

impl NodeSums {
    fn calls(&self) -> u64 {
        self.received.calls().max(self.made.calls())
    }
}

/// The graph of the nodes with the most calls, and of one node for the others.
pub(super) fn build(state: &GraphState, max_nodes: usize) -> Graph {
    let sums = node_sums(state);
    let mut ids: Vec<NodeId> = sums.keys().copied().collect();
    ids.retain(|id| *id != Nodes::OTHER);
    ids.sort_by_cached_key(|id| (Reverse(sums[id].calls()), state.nodes.name(*id).clone()));
    let has_other = sums.contains_key(&Nodes::OTHER) || ids.len() > max_nodes;
    let others = match has_other {
        true => ids.split_off(ids.len().min(max_nodes.saturating_sub(1))),
        false => Vec::new(),
    };
    ids.sort_by_key(|id| state.nodes.name(*id).0 != NodeKind::Service);

    let mut nodes: Vec<GraphNode> = ids
        .iter()
        .map(|id| {
            let (kind, name) = state.nodes.name(*id).clone();
            let sums = &sums[id];
            let calls = match kind {
                NodeKind::Service => &sums.made,
                _ => &sums.received,
            };
            GraphNode {
                kind,
                name,
                nodes: 1,
                calls: calls.summary(),
            }
        })
        .collect();
    if has_other {
        let mut received = CallSum::default();
        let merged = others.iter().chain([&Nodes::OTHER]);
        let merged = merged.filter_map(|id| sums.get(id));
        let count = merged.map(|sums| received.add(&sums.received)).count() as u64;
        nodes.push(GraphNode {
            kind: NodeKind::Other,
            name: None,
            nodes: count,
            calls: received.summary(),
        });
    }
    Graph {
        edges: edges(state, &ids),
        nodes,
        detached_calls: state.detached.rounded(),
        covers_since: None,
    }
}

fn node_sums(state: &GraphState) -> BTreeMap<NodeId, NodeSums> {
    let mut sums: BTreeMap<NodeId, NodeSums> = BTreeMap::new();
    for (from, to, calls) in state.edges.iter() {
        sums.entry(from).or_default().made.add(calls);
        sums.entry(to).or_default().received.add(calls);
    }
    sums
}

/// The edges between the nodes `ids`. A node that is not among them is the node after the last one.
fn edges(state: &GraphState, ids: &[NodeId]) -> Vec<GraphEdge> {
    let indexes: BTreeMap<NodeId, usize> = ids
        .iter()
        .enumerate()
        .map(|(index, id)| (*id, index))
        .collect();
    let index = |id| indexes.get(&id).copied().unwrap_or(ids.len());
    let mut sums: BTreeMap<(usize, usize), CallSum> = BTreeMap::new();
    for (from, to, calls) in state.edges.iter() {
        sums.entry((index(from), index(to))).or_default().add(calls);
    }
    let edges = sums.into_iter().map(|((from, to), calls)| GraphEdge {
        from,
        to,
        calls: calls.summary(),
    });
    let mut edges: Vec<_> = edges.collect();
    edges.sort_by_key(|edge| Reverse(edge.calls.count));
    edges
}
