//! The nodes that spans, models and services are.

use rusqlite::{OptionalExtension, Transaction};
use whose::names::{WireName, gen_ai};

use super::column_reader::ColumnReader;
use super::graph::NodeKind;
use super::graph_state::GraphState;
use super::graph_sums::{NodeId, Nodes};
use super::id_map::IdMap;
use super::names::load_names;

/// The most services that are kept by scope.
const MAX_SCOPES: usize = 65_536;

/// The parts of a file that state the names of nodes.
pub(super) struct NodeNames {
    kinds: IdMap<SpanKind>,
    spans: IdMap<String>,
    models: IdMap<String>,
}

/// What a span with a kind is in a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpanKind {
    /// A node.
    Node(NodeKind),
    /// A call of a model.
    ModelCall,
}

impl SpanKind {
    /// The kind of spans whose [`whose::Kind`] has this name.
    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "agent" => Self::Node(NodeKind::Agent),
            "tool" => Self::Node(NodeKind::Tool),
            "chain" => Self::Node(NodeKind::Chain),
            "retriever" => Self::Node(NodeKind::Retriever),
            "embedding" => Self::Node(NodeKind::Embedding),
            "task" => Self::Node(NodeKind::Task),
            "llm" => Self::ModelCall,
            _ => return None,
        })
    }
}

impl NodeNames {
    pub(super) fn load(tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        let kinds = load_names(tx, "SELECT id, kind FROM traits WHERE kind <> ''")?;
        let kinds = kinds.into_iter();
        Ok(Self {
            kinds: kinds
                .filter_map(|(id, kind)| Some((id, SpanKind::of(&kind)?)))
                .collect(),
            spans: load_names(tx, "SELECT id, name FROM sites WHERE type = 'span'")?,
            models: load_names(tx, "SELECT id, model FROM models")?,
        })
    }

    /// Whether the records of a call site are spans.
    pub(super) fn is_span(&self, site: i64) -> bool {
        self.spans.contains_key(&site)
    }

    /// The kind of a span with these traits.
    pub(super) fn kind(&self, traits: i64) -> Option<SpanKind> {
        self.kinds.get(&traits).copied()
    }

    /// The node of a model.
    pub(super) fn model(&self, nodes: &mut Nodes, model: i64) -> NodeId {
        let name = self.models.get(&model).cloned().unwrap_or_default();
        nodes.id(NodeKind::Model, Some(name))
    }

    /// The node of a span with a text and a call site.
    pub(super) fn span(
        &self,
        tx: &Transaction<'_>,
        nodes: &mut Nodes,
        kind: SpanKind,
        (site, text): (i64, i64),
    ) -> rusqlite::Result<NodeId> {
        let kind = match kind {
            SpanKind::Node(kind) => kind,
            SpanKind::ModelCall => NodeKind::Model,
        };
        // Without a field, the name of the span is the name of the node.
        let field = match kind {
            NodeKind::Agent => Some(gen_ai::AGENT),
            NodeKind::Tool => Some(gen_ai::TOOL),
            NodeKind::Model => Some(gen_ai::REQUEST_MODEL),
            _ => None,
        };
        let stated = match field {
            Some(field) => stated_name(tx, text, field)?,
            None => None,
        };
        let name = stated.or_else(|| self.spans.get(&site).cloned());
        Ok(nodes.id(kind, Some(name.unwrap_or_default())))
    }
}

/// The node of the service of a scope; 0 stands for no scope.
pub(super) fn service(
    tx: &Transaction<'_>,
    state: &mut GraphState,
    scope: i64,
) -> rusqlite::Result<NodeId> {
    if let Some(id) = state.services.get(&scope) {
        return Ok(*id);
    }
    let mut statement = tx.prepare_cached(
        "SELECT CASE WHEN json_valid(service) THEN service ->> 'name' END
             FROM scopes WHERE id = ?1",
    )?;
    let name = statement.query_row([scope], |row| ColumnReader::new(row).non_empty_text());
    let id = state
        .nodes
        .id(NodeKind::Service, name.optional()?.flatten());
    if state.services.len() >= MAX_SCOPES {
        state.services.clear();
    }
    state.services.insert(scope, id);
    Ok(id)
}

/// The text of a field, under any of the names that mean the same.
fn stated_name(
    tx: &Transaction<'_>,
    text: i64,
    field: WireName,
) -> rusqlite::Result<Option<String>> {
    let mut statement = tx.prepare_cached("SELECT fields FROM texts WHERE id = ?1")?;
    let fields = statement.query_row([text], |row| {
        ColumnReader::new(row).json::<serde_json::Map<String, serde_json::Value>>()
    });
    let fields = fields.optional()?.unwrap_or_default();
    let mut names = field.spellings();
    let name = names.find_map(|name| fields.get(name)?.as_str().filter(|name| !name.is_empty()));
    Ok(name.map(str::to_owned))
}
