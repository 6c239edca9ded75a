//! Captured stacks.

use crate::frame::{Frame, SetAtCall};
use crate::model::{Named, User};
use crate::stack::ids::EMPTY;
use crate::stack::node::{Node, Stack};

/// A captured stack.
///
/// Most snapshots belong to spans that close before the stack is read. The node of an innermost user
/// is therefore allocated at the first read.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    /// The innermost frame, if the frame has no node yet.
    pub(crate) top: Option<Top>,
    pub(crate) stack: Stack,
}

/// A copy of the frame of a user, with its ids.
#[derive(Debug)]
pub(crate) struct Top {
    pub(crate) user: User,
    pub(crate) set_at: SetAtCall,
    pub(crate) stack_id: u64,
    pub(crate) frame_id: u64,
}

impl Snapshot {
    /// The stack. The first call makes the missing node; every call returns the same stack.
    pub(crate) fn stack(&mut self) -> &mut Stack {
        if let Some(top) = self.top.take() {
            let (frame, outer) = (Frame::User(top.user, top.set_at), self.stack.take());
            self.stack = Some(Node::with_ids(frame, outer, top.stack_id, top.frame_id));
        }
        &mut self.stack
    }

    /// As [`stack`](Self::stack), by value.
    pub(crate) fn into_stack(mut self) -> Stack {
        self.stack().take()
    }

    /// The stack without a frame that has no node yet.
    pub(crate) fn shared(&self) -> &Stack {
        &self.stack
    }

    /// How many frames the stack has.
    pub(crate) fn depth(&self) -> u32 {
        let shared = self.stack.as_ref().map_or(0, |node| node.depth);
        shared.saturating_add(u32::from(self.top.is_some()))
    }

    /// As [`Node::stack_id`].
    pub(crate) fn stack_id(&self) -> u64 {
        match (&self.top, &self.stack) {
            (Some(top), _) => top.stack_id,
            (None, Some(node)) => node.stack_id(),
            (None, None) => EMPTY,
        }
    }

    /// As [`Node::has_span_frame`].
    pub(crate) fn has_span_frame(&self) -> bool {
        self.stack
            .as_ref()
            .is_some_and(|node| node.has_span_frame())
    }

    /// The parts of an identity that the innermost frame names.
    pub(crate) fn named(&self) -> Named {
        match (&self.top, self.stack.as_ref().map(|node| &node.frame)) {
            (Some(_), _) | (None, Some(Frame::User(..))) => Named {
                user: true,
                ..Named::default()
            },
            (None, Some(Frame::Fixed(data))) => Named {
                user: !data.user.is_unset(),
                session: data.session.is_some(),
                actors: data.actors().len(),
            },
            _ => Named::default(),
        }
    }
}

impl From<Stack> for Snapshot {
    fn from(stack: Stack) -> Self {
        Self { top: None, stack }
    }
}
