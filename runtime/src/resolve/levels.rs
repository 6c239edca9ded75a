//! The levels of attribution, from the explicit data of a record outwards to the process.

use crate::frame::{Frame, Isolated, ScopeData, SetAtCall, Slot};
use crate::model::{Source, User};
use crate::resolve::actors::any_remote;
use crate::stack::Frames;

/// Where the data of a level comes from.
#[derive(Clone, Copy)]
pub(super) enum Level<'a> {
    /// The record itself.
    Explicit,
    /// A fixed scope.
    Fixed,
    /// The identity fields of a span.
    Span,
    /// The writes to an isolated scope.
    Isolated(&'a Isolated),
    /// The values that another process sent.
    Remote,
    Global,
}

/// Receives the levels, innermost first.
pub(super) trait LevelVisitor {
    /// A fixed scope of a user and nothing else.
    fn visit_user(&mut self, user: &User, set_at: SetAtCall);

    fn visit(&mut self, level: Level<'_>, data: &ScopeData);

    /// Receives the remote data of the next level where its user, session and actors do not count.
    fn skip_remote(&mut self, _data: &ScopeData) {}

    /// Whether a frame outside the visited frames has a user.
    fn has_user_outside(&self) -> bool {
        false
    }
}

/// Visits every level except the global level.
#[inline(always)]
pub(super) fn visit_frames(
    visitor: &mut impl LevelVisitor,
    explicit: Option<&ScopeData>,
    mut frames: Frames<'_>,
) {
    if let Some(data) = explicit {
        visitor.visit(Level::Explicit, data);
    }
    while let Some(frame) = frames.next() {
        match frame {
            Frame::User(user, set_at) => visitor.visit_user(user, *set_at),
            Frame::Fixed(data) => {
                visit_maybe_remote(visitor, Level::Fixed, data, false, frames.clone());
            }
            Frame::Span(span_identity) => {
                span_identity.read(|data| visitor.visit(Level::Span, data))
            }
            Frame::Isolated(isolated) => {
                let remote = isolated.read(|state| {
                    visitor.visit(Level::Isolated(isolated), &state.written);
                    state
                        .remote
                        .clone()
                        .map(|data| (data, !state.written.user.is_unset()))
                });
                if let Some((data, has_user_beside)) = remote {
                    let level = Level::Remote;
                    visit_maybe_remote(visitor, level, &data, has_user_beside, frames.clone());
                }
            }
            Frame::Global(_) => {}
        }
    }
}

/// Visits the global level of the frames.
#[inline(always)]
pub(super) fn visit_global(visitor: &mut impl LevelVisitor, frames: Frames<'_>) {
    frames.with_global(|global| global.read(|data| visitor.visit(Level::Global, data)));
}

/// Visits data. The remote user, session and actors of the data count only if no other user is outside
/// or beside them.
fn visit_maybe_remote(
    visitor: &mut impl LevelVisitor,
    level: Level<'_>,
    data: &ScopeData,
    has_user_beside: bool,
    outside: Frames<'_>,
) {
    let has_user_outside =
        |visitor: &_| LevelVisitor::has_user_outside(visitor) || any_sets_user(outside.clone());
    if is_remote(data) && (has_user_beside || has_user_outside(visitor)) {
        visitor.skip_remote(data);
        // A flattened frame can hold a remote session, or remote actors, beside a user that is not remote.
        let mut without_remote = data.clone();
        if data.user_source == Source::Remote {
            without_remote.user = Slot::Unset;
        }
        if data.session_source == Source::Remote {
            without_remote.session = None;
        }
        without_remote.remove_remote_actors();
        visitor.visit(level, &without_remote);
    } else {
        visitor.visit(level, data);
    }
}

/// Whether a trusted peer named the user, the session or an actor of the data.
pub(super) fn is_remote(data: &ScopeData) -> bool {
    data.user_source == Source::Remote
        || data.session_source == Source::Remote
        || any_remote(data.actors())
}

/// Whether one of the frames names a user or is anonymous.
pub(super) fn any_sets_user(mut frames: Frames<'_>) -> bool {
    frames.any(|frame| match frame {
        Frame::User(..) => true,
        Frame::Fixed(data) => !data.user.is_unset(),
        Frame::Span(span_identity) => span_identity.read(|data| !data.user.is_unset()),
        Frame::Isolated(isolated) => isolated.read(|state| {
            !state.written.user.is_unset()
                || state
                    .remote
                    .as_ref()
                    .is_some_and(|data| !data.user.is_unset())
        }),
        Frame::Global(_) => false,
    })
}
