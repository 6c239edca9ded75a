pub(crate) mod answer;
pub(crate) mod cached;
pub(crate) mod current;
pub(crate) mod entered;
pub(crate) mod entry;
pub(crate) mod entry_kind;
pub(crate) mod frames;
pub(crate) mod ids;
pub(crate) mod node;
pub(crate) mod noop_entry;
pub(crate) mod owner;
pub(crate) mod pending;
pub(crate) mod snapshot;
pub(crate) mod span;
pub(crate) mod span_entry;
pub(crate) mod thread_state;

pub(crate) use answer::flattened;
pub(crate) use current::{
    capture, capture_to, end_since, is_torn_down, nearest_isolated, now, pop, push, with_frames,
    with_frames_of,
};
pub(crate) use entered::{close_after_drop, open_for_drop, run, EnteredScope, ScopeSlot};
pub(crate) use frames::{frames, Frames};
pub(crate) use node::{nodes, Node, Stack};
pub(crate) use noop_entry::KnownSpan;
pub(crate) use pending::PendingEntry;
pub(crate) use snapshot::Snapshot;
#[cfg(any(feature = "tokio", feature = "rayon"))]
pub(crate) use span::changes_on_entry;
pub(crate) use span::{enter_span, exit_span, is_noop_entry, span_begins};
pub(crate) use span_entry::{Conflict, SpanEntry};
