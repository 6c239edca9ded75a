//! What the clones and the callers of a layer share: its open spans and its pipeline.

use std::sync::{Arc, OnceLock};

use tracing::Id;

use crate::layer::span_table::SpanTable;
use crate::pipeline::Pipeline;
use crate::resolve;
use crate::stack::Stack;

/// The shared part of a [`Layer`](crate::Layer).
#[derive(Debug)]
pub(crate) struct LayerCore {
    pipeline: Arc<Pipeline>,
    spans: SpanTable,
    /// The layer of the subscriber that has taken over from this one.
    leader: OnceLock<Arc<Self>>,
}

impl LayerCore {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            pipeline: Pipeline::new(),
            spans: SpanTable::default(),
            leader: OnceLock::new(),
        })
    }

    #[inline]
    pub(crate) fn pipeline(&self) -> &Arc<Pipeline> {
        &self.pipeline
    }

    #[inline]
    pub(crate) fn spans(&self) -> &SpanTable {
        &self.spans
    }

    /// The number of the pipeline, which tells spans of several layers apart: each subscriber counts
    /// its span ids from 1.
    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.pipeline.number()
    }

    /// The stack of a span that is named as a parent, where the span is a frame.
    pub(crate) fn stack_of(&self, id: Option<&Id>) -> Option<Stack> {
        let id = id?.into_u64();
        let stack = self.spans.with(id, |open| open.frame()).flatten();
        stack.filter(|stack| !resolve::gives_way(stack))
    }

    /// Whether another layer of the subscriber has taken over.
    #[inline]
    pub(crate) fn has_joined(&self) -> bool {
        self.leader.get().is_some()
    }

    /// The layer that has taken over, or this one.
    #[inline]
    pub(crate) fn leader(self: &Arc<Self>) -> &Arc<Self> {
        self.leader.get().unwrap_or(self)
    }

    /// Takes over the pipeline of a layer that joins this one.
    pub(crate) fn take_over(self: &Arc<Self>, other: &Self) {
        if self.number() != other.number() && other.leader.set(self.clone()).is_ok() {
            self.pipeline.join(&other.pipeline);
        }
    }
}
