//! The graph of calls.

use std::sync::{Arc, PoisonError};

use whose::Timestamp;

use super::graph::{Graph, GraphFilter};
use super::graph_build::build;
use super::graph_source::GraphSource;
use super::graph_state::GraphState;
use super::graph_walk::Walk;
use super::id_map::IdMap;
use super::kept_graphs::KeptGraph;
use super::partitions::{Partition, Partitions};
use super::query::{Query, TimeRange};
use super::reader::Reader;
use super::rollup::{Cover, Piece};
use crate::error::StoreError;

/// The records from which on a graph is kept. Fewer are read faster than kept.
const MIN_KEPT_RECORDS: u64 = 20_000;

impl Reader {
    pub(super) fn graph(&self, filter: &GraphFilter, query: &Query) -> Result<Graph, StoreError> {
        let source = self.graph_source(filter)?;
        let all = self.partitions(query)?;
        let is_kept = query.range() == TimeRange::ALL && source.session.is_none();
        let full = match is_kept {
            true => self.full_partitions(&all)?,
            false => IdMap::default(),
        };
        let kept = self.kept_graph(&source).filter(|_| is_kept);
        let known =
            |partition: &Partition| kept.as_ref()?.records_of(*full.get(&partition.first_id)?);
        let partitions = self.read_tx(|tx| source.newest(tx, &all, known))?;
        let skipped = all.0.len() - partitions.len();
        let covers_since = all.0.get(skipped).filter(|_| skipped > 0);
        let covers_since = covers_since.map(|first| Timestamp::from_nanos(first.min_start));

        let rollups = partitions
            .iter()
            .map_while(|partition| full.get(&partition.first_id));
        let rollups: Vec<i64> = rollups.copied().collect();
        let kept = kept.filter(|kept| rollups.starts_with(&kept.rollups));
        let (state, mut records) = match &kept {
            Some(kept) => (kept.state.clone(), kept.records.clone()),
            None => (GraphState::new(), Vec::new()),
        };
        let mut walk = self.read_tx(|tx| Walk::new(self, tx, query.range(), state))?;
        let before = records.len();
        let (full, rest) = partitions.split_at(rollups.len());
        for partition in &full[before..] {
            let count = walk.records;
            self.read_tx(|tx| walk.read(tx, &source, partition))?;
            records.push(walk.records - count);
        }
        if records.len() > before && records.iter().sum::<u64>() >= MIN_KEPT_RECORDS {
            let graph = KeptGraph {
                user: source.user,
                rollups,
                records,
                state: walk.state.clone(),
            };
            let graphs = &self.summaries().graphs;
            graphs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .keep(graph);
        }
        for partition in rest {
            self.read_tx(|tx| walk.read(tx, &source, partition))?;
        }
        self.read_tx(|tx| walk.finish(tx))?;
        let graph = build(&walk.state, filter.max_nodes);
        Ok(Graph {
            covers_since,
            ..graph
        })
    }

    fn graph_source(&self, filter: &GraphFilter) -> Result<GraphSource, StoreError> {
        let user = filter.user.as_deref();
        let user = user.map(|id| self.user_row_id(id)).transpose()?;
        let session = filter.session.as_deref();
        let session = session.map(|id| self.session_row_id(id)).transpose()?;
        Ok(GraphSource { user, session })
    }

    fn kept_graph(&self, source: &GraphSource) -> Option<Arc<KeptGraph>> {
        let graphs = self.summaries().graphs.lock();
        graphs
            .unwrap_or_else(PoisonError::into_inner)
            .of(source.user)
    }

    /// The rollups of the full partitions, by the first record of the partition. A partition whose
    /// records changed has another rollup.
    fn full_partitions(&self, partitions: &Partitions) -> Result<IdMap<i64>, StoreError> {
        let cover = self.read_tx(|tx| Cover::load(tx, partitions, TimeRange::ALL))?;
        let full = cover.0.iter().filter_map(|piece| match piece {
            Piece::Rollup { first, .. } => Some((*first, piece.lasting()?)),
            Piece::Records(..) => None,
        });
        Ok(full.collect())
    }
}
