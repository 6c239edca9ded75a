//! The graphs of full partitions, which readers of one file share.

use std::sync::Arc;

use super::graph_state::GraphState;

/// The most graphs: each has a few megabytes.
const MAX_GRAPHS: usize = 4;

/// The graphs of the users whose graphs were read last and had many records.
#[derive(Debug, Default)]
pub(super) struct KeptGraphs(Vec<Arc<KeptGraph>>);

/// The graph of the calls of one user, or of everybody, in some partitions.
#[derive(Debug)]
pub(super) struct KeptGraph {
    pub(super) user: Option<i64>,
    /// The rollups of the partitions, in the order of the records.
    pub(super) rollups: Vec<i64>,
    /// The number of records in each of the partitions.
    pub(super) records: Vec<u64>,
    pub(super) state: GraphState,
}

impl KeptGraph {
    /// The number of records in the partition of a rollup.
    pub(super) fn records_of(&self, rollup: i64) -> Option<u64> {
        let index = self.rollups.iter().position(|other| *other == rollup)?;
        self.records.get(index).copied()
    }
}

impl KeptGraphs {
    /// The graph of a user.
    pub(super) fn of(&self, user: Option<i64>) -> Option<Arc<KeptGraph>> {
        self.0.iter().find(|graph| graph.user == user).cloned()
    }

    /// Keeps a graph in place of an earlier one of the same user, or of the oldest one.
    pub(super) fn keep(&mut self, graph: KeptGraph) {
        self.0.retain(|other| other.user != graph.user);
        if self.0.len() >= MAX_GRAPHS {
            self.0.remove(0);
        }
        self.0.push(Arc::new(graph));
    }
}
