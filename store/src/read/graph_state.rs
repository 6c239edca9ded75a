//! What a graph knows of the records that were read so far.

use super::graph_callers::Callers;
use super::graph_sums::{Edges, NodeId, Nodes};
use super::id_map::IdMap;
use super::weight::WeightedSum;

/// What a graph knows of the records that were read so far.
#[derive(Clone, Debug)]
pub(super) struct GraphState {
    pub(super) nodes: Nodes,
    pub(super) edges: Edges,
    pub(super) callers: Callers,
    /// The nodes of services, by the row id of a scope.
    pub(super) services: IdMap<NodeId>,
    /// The calls whose caller is in none of the records.
    pub(super) detached: WeightedSum,
}

impl GraphState {
    pub(super) fn new() -> Self {
        Self {
            nodes: Nodes::new(),
            edges: Edges::default(),
            callers: Callers::default(),
            services: IdMap::default(),
            detached: WeightedSum::default(),
        }
    }
}
