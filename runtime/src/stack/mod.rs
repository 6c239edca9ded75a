pub(crate) mod answer;
pub(crate) mod current;
pub(crate) mod entered;
pub(crate) mod entry;
pub(crate) mod entry_kind;
pub(crate) mod node;
pub(crate) mod owner;
pub(crate) mod pending;
pub(crate) mod snapshot;
pub(crate) mod span;
pub(crate) mod thread_state;

pub(crate) use answer::{answer_to, keep, summed};
pub(crate) use current::{
    capture, capture_to, end_since, is_torn_down, nearest_isolated, now, pop, push, with_frames,
};
pub(crate) use entered::{close_after_drop, open_for_drop, run, Carried, Running};
pub(crate) use node::{frames, nodes, Frames, Node, Stack};
pub(crate) use pending::Ready;
pub(crate) use snapshot::Captured;
pub(crate) use span::{
    changes_on_entry, enter_span, exit_span, gives_way, is_entered_in_vain, span_begins, KnownSpan,
};
