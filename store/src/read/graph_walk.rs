//! Adding up the calls of a graph while records are read.

use rusqlite::{Row, Transaction, params};

use super::call::Call;
use super::column_reader::ColumnReader;
use super::graph::NodeKind;
use super::graph_callers::{Caller, FoundCalls};
use super::graph_names::{NodeNames, SpanKind, service};
use super::graph_source::GraphSource;
use super::graph_state::GraphState;
use super::graph_sums::{NodeId, OpenCall};
use super::id_set::IdSet;
use super::partitions::Partition;
use super::prices::ModelPrices;
use super::query::TimeRange;
use super::reader::Reader;
use super::weight::Weights;

/// The graph while records are read.
pub(super) struct Walk<'r> {
    range: TimeRange,
    prices: ModelPrices<'r>,
    weights: Weights,
    failed: IdSet,
    names: NodeNames,
    pub(super) state: GraphState,
    found: FoundCalls,
    /// The number of records that were read.
    pub(super) records: u64,
}

/// A record of a graph.
struct GraphRecord {
    start: i64,
    duration: Option<u64>,
    site: i64,
    traits: i64,
    scope: i64,
    text: i64,
    span: Option<i64>,
    parent: Option<i64>,
    agent: Option<String>,
    tool: Option<String>,
    call: Option<Call>,
}

impl GraphRecord {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let mut columns = ColumnReader::new(row);
        Ok(Self {
            start: columns.number()?,
            duration: columns.optional_count()?,
            site: columns.number()?,
            traits: columns.number()?,
            scope: columns.number()?,
            text: columns.number()?,
            span: columns.optional_number()?,
            parent: columns.optional_number()?,
            agent: columns.non_empty_text()?,
            tool: columns.non_empty_text()?,
            call: Call::read(row, 10)?,
        })
    }
}

impl<'r> Walk<'r> {
    pub(super) fn new(
        reader: &'r Reader,
        tx: &Transaction<'_>,
        range: TimeRange,
        state: GraphState,
    ) -> rusqlite::Result<Self> {
        let mut failed = IdSet::default();
        let mut statement = tx.prepare_cached("SELECT id FROM traits WHERE failed <> 0")?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            failed.insert(row.get(0)?);
        }
        Ok(Self {
            range,
            prices: ModelPrices::load(reader.prices(), tx)?,
            weights: Weights::load(tx)?,
            failed,
            names: NodeNames::load(tx)?,
            state,
            found: Vec::new(),
            records: 0,
        })
    }

    pub(super) fn read(
        &mut self,
        tx: &Transaction<'_>,
        source: &GraphSource,
        partition: &Partition,
    ) -> rusqlite::Result<()> {
        let mut statement = tx.prepare_cached(&source.sql())?;
        let partitions = format!("[{}]", partition.first_id >> 16);
        let user = source.user.filter(|_| source.session.is_some());
        let id = source.index().map(|(_, id)| id);
        let mut rows = statement.query(params![id, partitions, partition.last_id, user])?;
        while let Some(row) = rows.next()? {
            self.records += 1;
            self.visit(tx, &GraphRecord::read(row)?)?;
            self.add_found(tx)?;
        }
        Ok(())
    }

    /// Adds the calls that a record is, and closes the span that the record is.
    fn visit(&mut self, tx: &Transaction<'_>, record: &GraphRecord) -> rusqlite::Result<()> {
        let Some(span) = record.span.filter(|_| self.names.is_span(record.site)) else {
            if let Some(call) = &record.call {
                self.model_call(record, call, record.span);
            }
            return Ok(());
        };
        let around = record.parent.map_or(Caller::Service, Caller::Outer);
        let kind = self.names.kind(record.traits);
        let node = match kind {
            // The span of a call of an embedding model is the call.
            Some(SpanKind::Node(NodeKind::Embedding)) if record.call.is_some() => None,
            Some(kind @ SpanKind::Node(_)) => {
                let place = (record.site, record.text);
                Some(self.names.span(tx, &mut self.state.nodes, kind, place)?)
            }
            Some(SpanKind::ModelCall) | None => None,
        };
        if let Some(call) = &record.call {
            // A span that is a node makes the call; another span is the call.
            let outer = if node.is_some() {
                Some(span)
            } else {
                record.parent
            };
            self.model_call(record, call, outer);
        } else if kind == Some(SpanKind::ModelCall) {
            self.model_span(tx, record, span)?;
        }
        self.state
            .callers
            .close(span, node.map_or(around, Caller::Node), &mut self.found);
        if let Some(node) = node {
            let call = self.open_call(record, node);
            self.find(record, record.parent, call);
        }
        Ok(())
    }

    /// Adds a span around a model call: the span has the duration of the call. Without such a call,
    /// the span itself is one, without tokens: the model may have failed.
    fn model_span(
        &mut self,
        tx: &Transaction<'_>,
        record: &GraphRecord,
        span: i64,
    ) -> rusqlite::Result<()> {
        let failed = self.failed.contains(record.traits);
        let waiting = self.state.callers.waiting_for(span).iter_mut();
        let mut calls = waiting.filter(|call| call.usage.is_some()).peekable();
        if calls.peek().is_some() {
            for call in calls.filter(|call| call.duration.is_none()) {
                call.duration = record.duration;
                call.failed |= failed;
            }
            return Ok(());
        }
        let place = (record.site, record.text);
        let model = self
            .names
            .span(tx, &mut self.state.nodes, SpanKind::ModelCall, place)?;
        let call = self.open_call(record, model);
        self.find(record, record.parent, call);
        Ok(())
    }

    fn model_call(&mut self, record: &GraphRecord, call: &Call, outer: Option<i64>) {
        let model = self.names.model(&mut self.state.nodes, call.model);
        let cost = self.prices.cost(call, record.start);
        let tool = record.tool.clone().map(|name| (NodeKind::Tool, name));
        let agent = record.agent.clone().map(|name| (NodeKind::Agent, name));
        let stated = tool.or(agent);
        let call = OpenCall {
            stated_caller: stated.map(|(kind, name)| self.state.nodes.id(kind, Some(name))),
            usage: Some((call.tokens, cost)),
            ..self.open_call(record, model)
        };
        self.find(record, outer, call);
    }

    fn open_call(&self, record: &GraphRecord, target: NodeId) -> OpenCall {
        OpenCall {
            target,
            stated_caller: None,
            scope: record.scope,
            failed: self.failed.contains(record.traits),
            duration: record.duration,
            weight: self.weights.of(record.traits),
            usage: None,
        }
    }

    /// Finds the caller of a call of the time range.
    fn find(&mut self, record: &GraphRecord, outer: Option<i64>, call: OpenCall) {
        if self.range.contains(record.start) {
            self.state.callers.find(outer, call, &mut self.found);
        }
    }

    pub(super) fn finish(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        self.state.callers.finish(&mut self.found);
        self.add_found(tx)
    }

    /// Adds the calls whose callers were found to the edges.
    fn add_found(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        for (caller, call) in self.found.drain(..) {
            let from = match (caller, call.stated_caller) {
                (Caller::Node(node), _) => node,
                (_, Some(stated)) => stated,
                _ => service(tx, &mut self.state, call.scope)?,
            };
            if matches!(caller, Caller::Unknown | Caller::Outer(_)) {
                self.state.detached.add(call.weight);
            }
            self.state.edges.add(from, &call);
        }
        Ok(())
    }
}
