//! Which of two requests wins where a span of one is entered in the other.

use std::panic::Location;
use std::sync::Arc;

use super::precedence::resolve;
use crate::attribution::Who;
use crate::frame::Frame;
use crate::stack::{frames, Frames, Stack};

/// What becomes of a span whose stack is about to replace the current one, where both have an
/// isolated scope.
pub(crate) enum SpanEntry {
    /// The span's stack replaces the current one.
    Replaces,
    /// The span's stack replaces the current one, although both requests run and are of different
    /// users.
    Conflicts(Conflict),
    /// The span stays out of the stack: its request has ended, and another one is current that names
    /// a user or a mask. A pooled object keeps such a span.
    GivesWay,
}

/// Where the two isolated scopes were identified, or opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conflict {
    pub(crate) span: &'static Location<'static>,
    pub(crate) current: &'static Location<'static>,
}

/// How a span's stack enters where those frames are current.
pub(crate) fn span_entry(span: &Stack, current: Frames<'_>) -> SpanEntry {
    let nearest = |mut frames: Frames<'_>| {
        frames.find_map(|frame| match frame {
            Frame::Isolated(isolated) => Some(isolated.shared().clone()),
            _ => None,
        })
    };
    let (Some(theirs), Some(here)) = (nearest(frames(span)), nearest(current.clone())) else {
        return SpanEntry::Replaces;
    };
    if Arc::ptr_eq(&theirs, &here) || !here.is_open() {
        return SpanEntry::Replaces;
    }
    if !theirs.is_open() {
        return match names_open_request(current) {
            true => SpanEntry::GivesWay,
            false => SpanEntry::Replaces,
        };
    }
    match (
        resolve(None, frames(span)).user,
        resolve(None, current).user,
    ) {
        (Who::Known(span, _), Who::Known(current, _)) if span.is_other_than(&current) => {
            SpanEntry::Conflicts(Conflict {
                span: theirs.identified_at(),
                current: here.identified_at(),
            })
        }
        _ => SpanEntry::Replaces,
    }
}

/// Whether a frame names a user or a mask in an isolated scope that is open.
fn names_open_request(current: Frames<'_>) -> bool {
    for frame in current {
        let names = match frame {
            Frame::User(_) => true,
            Frame::Fixed(says) => !says.user.is_unset(),
            Frame::Recorded(recorded) => recorded.read(|says| !says.user.is_unset()),
            Frame::Isolated(isolated) if !isolated.is_open() => return false,
            Frame::Isolated(isolated) => isolated.read(|vars| {
                let remote = vars.remote.as_ref();
                !vars.written.user.is_unset() || remote.is_some_and(|says| !says.user.is_unset())
            }),
            Frame::Global(_) => false,
        };
        if names {
            return true;
        }
    }
    false
}
