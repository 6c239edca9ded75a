//! The graph of calls.

use whose::Timestamp;

use super::graph::{Graph, GraphFilter};
use super::graph_build::build;
use super::graph_source::GraphSource;
use super::graph_walk::Walk;
use super::query::Query;
use super::reader::Reader;
use crate::error::StoreError;

impl Reader {
    pub(super) fn graph(&self, filter: &GraphFilter, query: &Query) -> Result<Graph, StoreError> {
        let source = self.graph_source(filter)?;
        let all = self.partitions(query)?;
        let partitions = self.read_tx(|tx| source.newest(tx, &all))?;
        let skipped = all.0.len() - partitions.len();
        let covers_since = all.0.get(skipped).filter(|_| skipped > 0);
        let covers_since = covers_since.map(|first| Timestamp::from_nanos(first.min_start));
        let mut walk = self.read_tx(|tx| Walk::new(self, tx, query.range()))?;
        for partition in partitions {
            self.read_tx(|tx| walk.read(tx, &source, partition))?;
        }
        self.read_tx(|tx| walk.finish(tx))?;
        let graph = build(&walk, filter.max_nodes);
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
}
