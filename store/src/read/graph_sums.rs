//! The nodes and edges of a graph while records are read.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use foldhash::fast::RandomState;

use super::graph::{CallSummary, NodeKind};
use super::latencies::Latencies;
use super::usage::UsageSum;
use super::weight::WeightedSum;
use crate::money::Usd;
use whose::TokenCounts;

/// The most nodes and edges in memory. Later ones belong to [`Nodes::OTHER`].
const MAX_NODES: usize = 10_000;
const MAX_EDGES: usize = 50_000;

/// The number of a node.
pub(super) type NodeId = u32;

/// The kind and the name of a node.
pub(super) type NodeName = (NodeKind, Option<String>);

/// The nodes, each with a number.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    ids: HashMap<NodeName, NodeId, RandomState>,
    names: Vec<NodeName>,
}

impl Nodes {
    /// The node of the names past the limit.
    pub(super) const OTHER: NodeId = 0;

    pub(super) fn new() -> Self {
        Self {
            ids: HashMap::default(),
            names: vec![(NodeKind::Other, None)],
        }
    }

    pub(super) fn id(&mut self, kind: NodeKind, name: Option<String>) -> NodeId {
        let is_full = self.names.len() >= MAX_NODES;
        match self.ids.entry((kind, name)) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(_) if is_full => Self::OTHER,
            Entry::Vacant(entry) => {
                let id = NodeId::try_from(self.names.len()).unwrap_or(Self::OTHER);
                self.names.push(entry.key().clone());
                *entry.insert(id)
            }
        }
    }

    /// The kind and the name of a node.
    pub(super) fn name(&self, id: NodeId) -> &NodeName {
        self.names.get(id as usize).unwrap_or(&self.names[0])
    }
}

/// A call, before its caller is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenCall {
    /// The node that is called.
    pub(super) target: NodeId,
    /// The agent or the tool that a model call states.
    pub(super) stated_caller: Option<NodeId>,
    /// The row id of the scope, which has the service; 0 for no scope.
    pub(super) scope: i64,
    pub(super) failed: bool,
    pub(super) duration: Option<u64>,
    pub(super) weight: f64,
    /// The tokens and the cost of a model call.
    pub(super) usage: Option<(TokenCounts, Option<Usd>)>,
}

/// The sum of the calls of an edge or a node.
#[derive(Clone, Debug, Default)]
pub(super) struct CallSum {
    count: WeightedSum,
    errors: WeightedSum,
    timed: WeightedSum,
    duration: f64,
    latencies: Latencies,
    usage: UsageSum,
    is_estimated: bool,
}

impl CallSum {
    #[allow(clippy::cast_precision_loss)] // A mean of durations.
    fn add_call(&mut self, call: &OpenCall) {
        self.count.add(call.weight);
        self.is_estimated |= call.weight > 1.0;
        if call.failed {
            self.errors.add(call.weight);
        }
        if let Some(duration) = call.duration {
            self.timed.add(call.weight);
            self.duration += duration as f64 * call.weight;
            self.latencies.add(duration, call.weight);
        }
        if let Some((tokens, cost)) = &call.usage {
            self.usage.add_call(tokens, *cost, call.weight);
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.count.add_sum(other.count);
        self.errors.add_sum(other.errors);
        self.timed.add_sum(other.timed);
        self.duration += other.duration;
        self.latencies.add_all(&other.latencies);
        self.usage.add(&other.usage);
        self.is_estimated |= other.is_estimated;
    }

    pub(super) fn calls(&self) -> u64 {
        self.count.rounded()
    }

    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )] // A mean of durations, which are at least 0.
    pub(super) fn summary(&self) -> CallSummary {
        let timed = self.timed.rounded();
        CallSummary {
            count: self.calls(),
            errors: self.errors.rounded(),
            mean_duration: (timed > 0).then(|| (self.duration / timed as f64).round() as u64),
            p50_duration: self.latencies.percentile(0.5),
            p95_duration: self.latencies.percentile(0.95),
            max_duration: self.latencies.longest(),
            usage: self.usage.rounded(),
            is_estimated: self.is_estimated,
        }
    }
}

/// The calls between nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges(HashMap<(NodeId, NodeId), CallSum, RandomState>);

impl Edges {
    pub(super) fn add(&mut self, from: NodeId, call: &OpenCall) {
        let edge = (from, call.target);
        let is_full = self.0.len() >= MAX_EDGES && !self.0.contains_key(&edge);
        let edge = if is_full {
            (Nodes::OTHER, Nodes::OTHER)
        } else {
            edge
        };
        self.0.entry(edge).or_default().add_call(call);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (NodeId, NodeId, &CallSum)> {
        self.0.iter().map(|((from, to), sum)| (*from, *to, sum))
    }
}
