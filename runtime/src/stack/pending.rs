//! What a scope holds before it is entered.

use crate::frame::Frame;
use crate::model::User;
use crate::stack::entry::StackEntry;
use crate::stack::entry_kind::EntryKind;
use crate::stack::node::Stack;
use crate::stack::thread_state::{local, ThreadState};

/// An entry that is nowhere yet: to enter a scope moves one pointer.
pub(crate) struct PendingEntry(pub(crate) Box<StackEntry>);

impl PendingEntry {
    /// A frame to put on top of what is current.
    #[inline]
    pub(crate) fn frame(frame: Frame) -> Self {
        Self::new(EntryKind::Own(frame))
    }

    /// A frame of the user that `put` writes to its place; `None` where it says that there is none.
    #[inline]
    pub(crate) fn user(put: impl FnOnce(&mut User) -> bool) -> Option<Self> {
        let mut entry = StackEntry::of_user(local(ThreadState::pooled).flatten());
        let is_there = match &mut entry.kind {
            EntryKind::Own(Frame::User(user)) => put(user),
            _ => false,
        };
        is_there.then_some(Self(entry))
    }

    /// A captured stack to put in place of what is current.
    pub(crate) fn replacement(stack: Stack) -> Self {
        Self::new(EntryKind::Stack(stack))
    }

    /// What says nothing, and inside of which what is left open ends all the same.
    pub(crate) fn nothing() -> Self {
        Self::new(EntryKind::Nothing)
    }

    #[inline(always)]
    fn new(what: EntryKind) -> Self {
        Self(StackEntry::from_pool(
            local(ThreadState::pooled).flatten(),
            what,
        ))
    }

    /// The frame, unless it is a captured stack.
    #[inline]
    pub(crate) fn as_frame(&self) -> Option<&Frame> {
        match &self.0.kind {
            EntryKind::Own(frame) => Some(frame),
            _ => None,
        }
    }

    /// As [`as_frame`](Self::as_frame), to be changed.
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
        Self(self.0.detached_clone(local(ThreadState::pooled).flatten()))
    }
}
