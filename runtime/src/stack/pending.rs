//! An entry before it is entered.

use crate::frame::{Frame, SetAtCall};
use crate::model::User;
use crate::stack::entry::StackEntry;
use crate::stack::entry_kind::EntryKind;
use crate::stack::node::Stack;
use crate::stack::thread_state::{local, ThreadState};

/// An entry that is on no stack yet. A scope holds the box already, so that entering moves one pointer.
pub(crate) struct PendingEntry(pub(crate) Box<StackEntry>);

impl PendingEntry {
    /// A frame on the current stack.
    #[inline]
    pub(crate) fn frame(frame: Frame) -> Self {
        Self::new(EntryKind::Own(frame))
    }

    /// A frame of the user that `write` writes in place. `None` if `write` returns `false`.
    #[inline]
    pub(crate) fn user(set_at: SetAtCall, write: impl FnOnce(&mut User) -> bool) -> Option<Self> {
        let mut entry = StackEntry::user_from_pool(local(ThreadState::pooled).flatten());
        let is_written = match &mut entry.kind {
            EntryKind::Own(Frame::User(user, place)) => {
                *place = set_at;
                write(user)
            }
            _ => false,
        };
        is_written.then_some(Self(entry))
    }

    /// A captured stack instead of the current stack.
    pub(crate) fn replacement(stack: Stack) -> Self {
        Self::new(EntryKind::Stack(stack))
    }

    /// No frame. The entry still ends everything that is left open inside.
    pub(crate) fn empty() -> Self {
        Self::new(EntryKind::Nothing)
    }

    #[inline(always)]
    fn new(kind: EntryKind) -> Self {
        Self(StackEntry::from_pool(
            local(ThreadState::pooled).flatten(),
            kind,
        ))
    }

    /// The frame, if the entry has one.
    #[inline]
    pub(crate) fn as_frame(&self) -> Option<&Frame> {
        match &self.0.kind {
            EntryKind::Own(frame) => Some(frame),
            _ => None,
        }
    }

    /// As [`as_frame`](Self::as_frame), mutably.
    #[inline]
    pub(crate) fn as_frame_mut(&mut self) -> Option<&mut Frame> {
        match &mut self.0.kind {
            EntryKind::Own(frame) => Some(frame),
            _ => None,
        }
    }
}

impl Clone for PendingEntry {
    #[inline]
    fn clone(&self) -> Self {
        let pooled = local(ThreadState::pooled).flatten();
        Self(self.0.clone_without_ids(pooled))
    }
}
