//! The frames of a part of a captured stack as one frame, or two.

use crate::frame::{Frame, ScopeData, Slot};
use crate::model::{Attribution, ResolvedUser, Source};
use crate::resolve::levels::{any_sets_user, is_remote, visit_frames};
use crate::resolve::precedence::Resolver;
use crate::stack::{frames, Frames, Stack};
use crate::util::SetAt;

/// The frames of a stack as one frame, or two.
pub(crate) struct Flattened {
    /// The data of all frames, except `outside`.
    pub(crate) data: Option<ScopeData>,
    /// An anonymous frame where the user of `data` replaces a user of these frames, so that the user adds
    /// to no user further out. Otherwise the actors outside the outermost user: they act for that user
    /// only if the user adds to a user further out.
    pub(crate) outside: Option<ScopeData>,
}

/// Resolves all frames of a stack, which stand on the frames `outer`.
pub(crate) fn flatten(stack: &Stack, outer: Frames<'_>) -> Flattened {
    let mut attribution = Attribution::default();
    let mut resolver = Resolver::new(&mut attribution);
    // Only a user of a peer depends on the users outside, and the search is long.
    resolver.has_user_outside = any_is_remote(frames(stack)) && any_sets_user(outer);
    visit_frames(&mut resolver, None, frames(stack));
    let outside = resolver.take_outside();
    resolver.finish();
    let Attribution {
        user,
        session,
        tags,
        data,
        user_set_at,
        session_set_at,
    } = attribution;
    let (user, user_source) = match user {
        ResolvedUser::Unknown(_) => (Slot::Unset, Source::Scope),
        ResolvedUser::Anonymous(source) => (Slot::Anonymous, source),
        ResolvedUser::Known(user, source) => (Slot::Set(user), source),
    };
    let (session, session_source) =
        session.map_or((None, Source::Scope), |(id, source)| (Some(id), source));
    let data = ScopeData {
        user,
        session,
        tags,
        data,
        user_source,
        session_source,
        made_at: SetAt::Unknown,
        user_set_at,
        session_set_at,
    };
    let non_empty = |data: ScopeData| (!data.is_empty()).then_some(data);
    Flattened {
        data: non_empty(data),
        outside: non_empty(outside),
    }
}

/// Whether a trusted peer named the user, session or actors of one of the frames.
fn any_is_remote(mut frames: Frames<'_>) -> bool {
    frames.any(|frame| match frame {
        Frame::Fixed(data) => is_remote(data),
        Frame::Isolated(isolated) => isolated.read(|state| state.remote.is_some()),
        Frame::User(..) | Frame::Span(_) | Frame::Global(_) => false,
    })
}
