//! What a task knows of its own user.

/// A frame that a task has opened, or was given. Users are numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Frame {
    Fixed(u64),
    /// A mask.
    Nobody,
    /// An isolated scope, with the user that was written last.
    Isolated(Option<u64>),
}

/// The frames of a task, outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Truth(Vec<Frame>);

impl Truth {
    pub(super) fn with(&self, frame: Frame) -> Self {
        let mut frames = self.0.clone();
        frames.push(frame);
        Self(frames)
    }

    /// The user; 0 where there is none.
    pub(super) fn user(&self) -> u64 {
        let named = self.0.iter().rev().find_map(|frame| match frame {
            Frame::Fixed(user) => Some(*user),
            Frame::Nobody => Some(0),
            Frame::Isolated(user) => *user,
        });
        named.unwrap_or(0)
    }
}
