//! Which of two requests wins where a span of one is entered in the other.
//!
//! A span carries the request that made the span, which is what a queue worker relies on. A pooled
//! object keeps the span of the request that made the object, and is used by others later. What tells
//! them apart is whether the two requests still run:
//!
//! | the span's request | the current one | entering the span |
//! |---|---|---|
//! | runs | any, or none | makes the span's current; counted where both run and name different users |
//! | has ended | none, and no fixed scope names a user | makes the span's current |
//! | has ended | runs, or is a fixed scope that names a user | changes nothing |
//! | has ended | has ended too | changes nothing where the span's is the older one, and else makes it current; counted where they name different users |
//!
//! A request around both is not the current one: its inner request is the more specific.

use std::sync::Arc;

use crate::frame::{Frame, Isolated};
use crate::model::ResolvedUser;
use crate::resolve::precedence::resolve;
use crate::stack::{self, frames, Conflict, Frames, KnownSpan, SpanEntry, Stack};

/// What is current and not around the span.
struct Current<'a> {
    isolated: Option<&'a Isolated>,
    names_fixed: bool,
}

/// How a span with that stack enters where those frames are current.
fn span_entry(span: &Stack, current: Frames<'_>) -> SpanEntry {
    let Some(theirs) = isolated(frames(span)).next() else {
        return SpanEntry::REPLACES;
    };
    if isolated(current.clone()).any(|here| Arc::ptr_eq(here, theirs)) {
        return SpanEntry::REPLACES;
    }
    let here = apart_from(span, current.clone());
    let Some(isolated) = here.isolated else {
        return SpanEntry {
            gives_way: here.names_fixed && !theirs.is_open(),
            conflict: None,
        };
    };
    let gives_way = match (theirs.is_open(), isolated.is_open()) {
        (true, _) => false,
        (false, true) => true,
        (false, false) => theirs.number < isolated.number,
    };
    SpanEntry {
        gives_way,
        conflict: conflict(span, current, theirs, isolated, !gives_way),
    }
}

fn isolated<'a>(frames: Frames<'a>) -> impl Iterator<Item = &'a Arc<Isolated>> {
    frames.filter_map(|frame| match frame {
        Frame::Isolated(isolated) => Some(isolated.shared()),
        _ => None,
    })
}

/// Looks at the current frames as far out as the first one that is on the span's stack too.
fn apart_from<'a>(span: &Stack, current: Frames<'a>) -> Current<'a> {
    let around: Vec<u64> = frames(span)
        .placed()
        .map(|placed| placed.frame_id)
        .collect();
    let mut here = Current {
        isolated: None,
        names_fixed: false,
    };
    for placed in current.placed() {
        let is_around = match placed.frame {
            Frame::Isolated(own) => {
                isolated(frames(span)).any(|other| Arc::ptr_eq(own.shared(), other))
            }
            _ => false,
        };
        if is_around || around.contains(&placed.frame_id) {
            break;
        }
        match placed.frame {
            Frame::Isolated(isolated) => {
                here.isolated.get_or_insert(isolated);
            }
            Frame::User(_) => here.names_fixed = true,
            Frame::Fixed(says) => here.names_fixed |= !says.user.is_unset(),
            Frame::Recorded(_) | Frame::Global(_) => {}
        }
    }
    here
}

fn conflict(
    span: &Stack,
    current: Frames<'_>,
    theirs: &Isolated,
    here: &Isolated,
    is_spans: bool,
) -> Option<Conflict> {
    let (span_runs, current_runs) = (theirs.is_open(), here.is_open());
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
        // A pooled object in a request that knows its user: the rule holds, and nothing is lost.
        (false, ResolvedUser::Known(..) | ResolvedUser::Anonymous(_)) if current_runs => {
            return None
        }
        // Perhaps the job of another request, whose user is lost.
        (false, ResolvedUser::Unknown(_)) if current_runs => false,
        (false, ResolvedUser::Known(..)) => false,
        (false, ResolvedUser::Unknown(_) | ResolvedUser::Anonymous(_)) => return None,
    };
    Some(Conflict {
        span: theirs.identified_at(),
        current: here.identified_at(),
        is_spans,
        is_certain,
    })
}

/// Enters a span with that stack; returns the conflict with the current request, if there is one.
pub(crate) fn enter_span(span: KnownSpan, stack: &Stack) -> Option<Conflict> {
    stack::enter_span(span, stack, span_entry)
}

/// Whether entering a span with that stack leaves the current stack as it is.
pub(crate) fn gives_way(stack: &Stack) -> bool {
    stack::with_frames(|frames| span_entry(stack, frames)).gives_way
}

/// Whether entering a span with that stack would change the current stack.
#[cfg(any(feature = "tokio", feature = "rayon"))]
pub(crate) fn changes_on_entry(stack: &Stack) -> bool {
    stack::changes_on_entry(stack, span_entry)
}
