//! What is current at a place, kept by whoever may come back to it.

use crate::frame::Frame;
use crate::model::User;
use crate::stack::ids::EMPTY;
use crate::stack::node::{Node, Stack};

/// A stack that is kept.
///
/// Most are those of spans that end without anybody having asked for it again: then a node for the
/// innermost frame would be an allocation for nothing, and it is made when it is asked for.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    /// A user on top of the stack, for whom there is no node yet.
    pub(crate) top: Option<Top>,
    pub(crate) stack: Stack,
}

/// The copy of a user's frame, with the numbers that it is known by.
#[derive(Debug)]
pub(crate) struct Top {
    pub(crate) user: User,
    pub(crate) stack_id: u64,
    pub(crate) frame_id: u64,
}

impl Snapshot {
    /// The stack; it is the same one, however often it is asked for.
    pub(crate) fn stack(&mut self) -> &mut Stack {
        if let Some(top) = self.top.take() {
            let (frame, outside) = (Frame::User(top.user), self.stack.take());
            self.stack = Some(Node::known(frame, outside, top.stack_id, top.frame_id));
        }
        &mut self.stack
    }

    /// As [`stack`](Self::stack), for one who keeps nothing else.
    pub(crate) fn into_stack(mut self) -> Stack {
        self.stack().take()
    }

    /// All of it but a user's frame for which there is no node yet.
    pub(crate) fn shared(&self) -> &Stack {
        &self.stack
    }

    /// How many frames it has.
    pub(crate) fn depth(&self) -> u32 {
        let shared = self.stack.as_ref().map_or(0, |node| node.depth);
        shared.saturating_add(u32::from(self.top.is_some()))
    }

    /// As [`Node::serial`].
    pub(crate) fn stack_id(&self) -> u64 {
        match (&self.top, &self.stack) {
            (Some(top), _) => top.stack_id,
            (None, Some(node)) => node.stack_id(),
            (None, None) => EMPTY,
        }
    }

    /// As [`Node::has_recorded`].
    pub(crate) fn has_recorded(&self) -> bool {
        self.stack.as_ref().is_some_and(|node| node.has_recorded())
    }

    /// Whether the innermost frame names a user, and whether a session.
    pub(crate) fn names(&self) -> (bool, bool) {
        if self.top.is_some() {
            return (true, false);
        }
        let named = self.stack.as_ref().and_then(|top| top.frame.named());
        named.map_or((false, false), |(user, session)| {
            (!user.is_unset(), session.is_some())
        })
    }
}

impl From<Stack> for Snapshot {
    fn from(stack: Stack) -> Self {
        Self { top: None, stack }
    }
}
