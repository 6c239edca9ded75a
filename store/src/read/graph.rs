//! The rows of a graph of calls.

use serde::{Serialize, Serializer};
use whose::Timestamp;

use super::usage::Usage;

/// Which calls a graph contains; see [`Queries::graph`](super::Queries::graph).
///
/// ```
/// let filter = whose_store::GraphFilter::new().user("alice").max_nodes(20);
/// assert_ne!(filter, whose_store::GraphFilter::new());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "pass it to `Queries::graph`"]
pub struct GraphFilter {
    pub(super) user: Option<String>,
    pub(super) session: Option<String>,
    pub(super) max_nodes: usize,
}

impl GraphFilter {
    /// The most nodes without [`max_nodes`](Self::max_nodes).
    pub const DEFAULT_NODES: usize = 60;
    /// The most nodes of any graph.
    pub const MAX_NODES: usize = 1_000;

    /// The calls of all users.
    pub const fn new() -> Self {
        Self {
            user: None,
            session: None,
            max_nodes: Self::DEFAULT_NODES,
        }
    }

    /// Only calls of this user.
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.user = Some(id.into());
        self
    }

    /// Only calls of this session.
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.session = Some(id.into());
        self
    }

    /// Sets the most nodes, at least two. The nodes with the fewest calls become one node of the kind
    /// [`Other`](NodeKind::Other).
    pub fn max_nodes(mut self, nodes: usize) -> Self {
        self.max_nodes = nodes.clamp(2, Self::MAX_NODES);
        self
    }
}

impl Default for GraphFilter {
    fn default() -> Self {
        Self::new()
    }
}

/// Who called what; see [`Queries::graph`](super::Queries::graph).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Graph {
    /// The nodes: services first, then by the number of calls, most first.
    pub nodes: Vec<GraphNode>,
    /// The calls between nodes, by their number, most first.
    pub edges: Vec<GraphEdge>,
    /// The calls whose caller is in none of the records that were read. They start at their service,
    /// or at the agent or the tool that a model call states.
    pub detached_calls: u64,
    /// The graph covers only records from this time on, since the time range has too many records;
    /// `None` if the graph covers the whole range.
    pub covers_since: Option<Timestamp>,
}

/// A node of a [`Graph`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GraphNode {
    /// What the node is.
    pub kind: NodeKind,
    /// The name of the agent, tool, model or span; `None` for a service without a name and for
    /// [`Other`](NodeKind::Other).
    pub name: Option<String>,
    /// The number of nodes that this node stands for: more than one only for
    /// [`Other`](NodeKind::Other).
    pub nodes: u64,
    /// The calls of the node; for a service, the calls that start there.
    #[serde(flatten)]
    pub calls: CallSummary,
}

/// The calls from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GraphEdge {
    /// The index of the caller in [`Graph::nodes`].
    pub from: usize,
    /// The index of the called node.
    pub to: usize,
    /// The calls.
    #[serde(flatten)]
    pub calls: CallSummary,
}

/// The number, the errors, the latency and the usage of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CallSummary {
    /// The number of calls.
    pub count: u64,
    /// The calls that failed.
    pub errors: u64,
    /// The mean duration in nanoseconds; `None` if no call has a duration.
    pub mean_duration: Option<u64>,
    /// The median of the durations in nanoseconds: the duration that half of the calls do not exceed, off
    /// by at most 0.8 %.
    pub p50_duration: Option<u64>,
    /// The duration in nanoseconds that 95 of 100 calls do not exceed, off by at most 0.8 %.
    pub p95_duration: Option<u64>,
    /// The longest duration in nanoseconds.
    pub max_duration: Option<u64>,
    /// The model calls among them, their tokens and their cost.
    pub usage: Usage,
    /// Whether the numbers are estimates: a [`Sampler`](whose::Sampler) left out some of the records.
    pub is_estimated: bool,
}

/// What a node of a [`Graph`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NodeKind {
    /// A service: the root of calls that no other node makes.
    Service,
    /// An agent.
    Agent,
    /// A chain of steps.
    Chain,
    /// A tool.
    Tool,
    /// A retriever of documents or data.
    Retriever,
    /// A step that computes embeddings.
    Embedding,
    /// Any other unit of work.
    Task,
    /// A model.
    Model,
    /// The nodes past the limit.
    Other,
}

impl NodeKind {
    /// The name of the kind in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Agent => "agent",
            Self::Chain => "chain",
            Self::Tool => "tool",
            Self::Retriever => "retriever",
            Self::Embedding => "embedding",
            Self::Task => "task",
            Self::Model => "model",
            Self::Other => "other",
        }
    }
}

impl std::fmt::Display for NodeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for NodeKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
