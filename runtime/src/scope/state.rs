//! What a scope holds.

use crate::frame::{Frame, ScopeData};
use crate::stack::{Node, PendingEntry, Stack};

/// At most one pointer in each case, so that a scope is passed in registers.
#[derive(Clone)]
pub(super) enum ScopeState {
    Nothing,
    /// A frame to put on top of the current stack.
    Frame(PendingEntry),
    /// A stack that replaces the current stack; `None` is the empty stack.
    Captured(Stack),
    /// As `Captured`, with data that was added afterwards.
    Added(Box<(Stack, Box<ScopeData>)>),
}

impl ScopeState {
    #[inline(always)]
    pub(super) fn update(&mut self, change: impl FnOnce(&mut ScopeData)) {
        match self {
            Self::Frame(pending) => {
                if let Some(frame) = pending.as_frame_mut() {
                    frame.update(change);
                }
            }
            Self::Added(added) => change(&mut added.1),
            Self::Captured(stack) => {
                let added = (stack.take(), new_data(change));
                *self = Self::Added(Box::new(added));
            }
            Self::Nothing => {
                let frame = Frame::Fixed(new_data(change));
                *self = Self::Frame(PendingEntry::frame(frame));
            }
        }
    }

    #[inline(always)]
    pub(super) fn into_pending(self) -> Option<PendingEntry> {
        match self {
            Self::Nothing => None,
            Self::Frame(pending) => Some(pending),
            Self::Captured(node) => Some(PendingEntry::replacement(node)),
            Self::Added(added) => Some(added_to(*added)),
        }
    }

    /// An entry for a delimited scope: scopes that are still open inside end with the entry, also
    /// if this scope is empty.
    #[inline]
    pub(super) fn into_pending_or_empty(self) -> PendingEntry {
        self.into_pending().unwrap_or_else(PendingEntry::empty)
    }
}

/// The data of a scope that had none before.
fn new_data(change: impl FnOnce(&mut ScopeData)) -> Box<ScopeData> {
    let mut data = ScopeData::of_scope();
    change(&mut data);
    data
}

/// A captured stack with data that was added afterwards. A separate function, because most scopes
/// have none.
#[inline(never)]
fn added_to((stack, data): (Stack, Box<ScopeData>)) -> PendingEntry {
    PendingEntry::replacement(Some(Node::new(Frame::Fixed(data), stack)))
}
