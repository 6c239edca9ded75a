//! Decides between two requests where a span of one request is entered inside the other.
//!
//! A span carries the request that made the span, and a queue worker relies on this. A pooled object
//! keeps the span of the request that made the object, and later requests use the object. The two cases
//! differ in which of the requests still runs:
//!
//! | the span's request | the current one | entering the span |
//! |---|---|---|
//! | runs | any, or none | makes the stack of the span current; counted if both run and have different users |
//! | has ended | none, and no fixed scope names a user | makes the stack of the span current |
//! | has ended | runs, or is a fixed scope that names a user | changes nothing |
//! | has ended | has ended too | changes nothing if the request of the span is the older one, or else makes its stack current; counted if they have different users |
//!
//! A request around both is not the current one, because its inner request is more specific.

use std::sync::Arc;

use crate::frame::{Frame, Isolated};
use crate::model::ResolvedUser;
use crate::resolve::precedence::resolve;
use crate::stack::{self, frames, Conflict, Frames, KnownSpan, SpanEntry, Stack};

/// The current frames that are not on the stack of the span.
struct CurrentBeside<'a> {
    isolated: Option<&'a Isolated>,
    has_fixed_user: bool,
}

/// The effect of entering a span with the stack `span` where the frames `current` are current.
fn span_entry(span: &Stack, current: Frames<'_>) -> SpanEntry {
    let Some(span_scope) = isolated(frames(span)).next() else {
        return SpanEntry::REPLACES;
    };
    if isolated(current.clone()).any(|scope| Arc::ptr_eq(scope, span_scope)) {
        return SpanEntry::REPLACES;
    }
    let beside = current_beside(span, current.clone());
    let Some(current_scope) = beside.isolated else {
        return SpanEntry {
            gives_way: beside.has_fixed_user && !span_scope.is_open(),
            conflict: None,
        };
    };
    let gives_way = match (span_scope.is_open(), current_scope.is_open()) {
        (true, _) => false,
        (false, true) => true,
        (false, false) => span_scope.number < current_scope.number,
    };
    SpanEntry {
        gives_way,
        conflict: conflict(span, current, span_scope, current_scope, !gives_way),
    }
}

fn isolated<'a>(frames: Frames<'a>) -> impl Iterator<Item = &'a Arc<Isolated>> {
    frames.filter_map(|frame| match frame {
        Frame::Isolated(isolated) => Some(isolated.shared()),
        _ => None,
    })
}

/// Reads the current frames, innermost first, up to the first frame that is also on the stack of the
/// span.
fn current_beside<'a>(span: &Stack, current: Frames<'a>) -> CurrentBeside<'a> {
    let span_frame_ids: Vec<u64> = frames(span)
        .with_ids()
        .map(|placed| placed.frame_id)
        .collect();
    let mut beside = CurrentBeside {
        isolated: None,
        has_fixed_user: false,
    };
    for placed in current.with_ids() {
        let is_shared = match placed.frame {
            Frame::Isolated(isolated_frame) => {
                isolated(frames(span)).any(|scope| Arc::ptr_eq(isolated_frame.shared(), scope))
            }
            _ => false,
        };
        if is_shared || span_frame_ids.contains(&placed.frame_id) {
            break;
        }
        match placed.frame {
            Frame::Isolated(isolated) => {
                beside.isolated.get_or_insert(isolated);
            }
            Frame::User(..) => beside.has_fixed_user = true,
            Frame::Fixed(data) => beside.has_fixed_user |= !data.user.is_unset(),
            Frame::Span(_) | Frame::Global(_) => {}
        }
    }
    beside
}

fn conflict(
    span: &Stack,
    current: Frames<'_>,
    span_scope: &Isolated,
    current_scope: &Isolated,
    is_spans: bool,
) -> Option<Conflict> {
    let (span_runs, current_runs) = (span_scope.is_open(), current_scope.is_open());
    if span_runs && !current_runs {
        return None;
    }
    let ResolvedUser::Known(span_user, _) = resolve(None, frames(span)).user else {
        return None;
    };
    let current_user = resolve(None, current).user;
    let is_certain = match (span_runs, &current_user) {
        (_, ResolvedUser::Known(user, _)) if !user.is_other_than(&span_user) => return None,
        (true, ResolvedUser::Known(..)) => true,
        (true, ResolvedUser::Unknown(_) | ResolvedUser::Anonymous(_)) => false,
        // A pooled object in a request that knows its user: the request keeps its user.
        (false, ResolvedUser::Known(..) | ResolvedUser::Anonymous(_)) if current_runs => {
            return None
        }
        // Possibly the job of another request, whose user is lost.
        (false, ResolvedUser::Unknown(_)) if current_runs => false,
        (false, ResolvedUser::Known(..)) => false,
        (false, ResolvedUser::Unknown(_) | ResolvedUser::Anonymous(_)) => return None,
    };
    Some(Conflict {
        span: span_scope.identified_at(),
        current: current_scope.identified_at(),
        is_spans,
        is_certain,
    })
}

/// Enters a span with `stack`. Returns the conflict with the current request, if there is one.
pub(crate) fn enter_span(span: KnownSpan, stack: &Stack) -> Option<Conflict> {
    stack::enter_span(span, stack, span_entry)
}

/// Whether entering a span with `stack` leaves the current stack as it is.
pub(crate) fn gives_way(stack: &Stack) -> bool {
    stack::with_frames(|frames| span_entry(stack, frames)).gives_way
}

/// Whether entering a span with `stack` would change the current stack.
#[cfg(any(feature = "tokio", feature = "rayon"))]
pub(crate) fn changes_on_entry(stack: &Stack) -> bool {
    stack::changes_on_entry(stack, span_entry)
}
