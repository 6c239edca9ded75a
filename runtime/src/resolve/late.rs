//! Late identification: completes the attribution of a span at its close.

use crate::diagnostics::Limits;
use crate::frame::{Frame, Isolated, IsolatedState};
use crate::model::{Attribution, ChainedActor, ResolvedUser, Source};
use crate::resolve::actors::remove_repeated;
use crate::resolve::precedence::resolve;
use crate::stack::{frames, Stack};

/// Applies late identification to a span that had no user, or only the global user, at its creation.
/// At its close the span takes the user that was recorded since on a span around, or the last user that
/// its isolated scope was given, even if the scope was cleared since. The session follows the same rule.
/// Who acts for a late user is late too. A span that has a user keeps the user. An anonymous span or
/// scope stays anonymous.
///
/// `since` is the epoch of writes at the creation of the span: users that the scope was given before
/// do not count.
pub(crate) fn apply_late_identity(created: &mut Attribution, stack: &Stack, since: u64) {
    let is_user_open = matches!(
        created.user,
        ResolvedUser::Unknown(_) | ResolvedUser::Known(_, Source::Global)
    );
    let is_session_open = matches!(created.session, None | Some((_, Source::Global)));
    if !(is_user_open || is_session_open) {
        return;
    }
    let at_close = resolve(None, frames(stack));
    let is_late = |source| matches!(source, Some(Source::Isolation | Source::Scope));
    if is_session_open {
        if is_late(at_close.session_source()) {
            created.session.clone_from(&at_close.session);
            created.session_set_at = at_close.session_set_at;
        } else if let Some(((session, set_at), _)) = given(stack, |state| {
            let is_set = state.written.session.is_some();
            (is_set, state.given.session_since(since).cloned())
        }) {
            created.session = Some((session, Source::Isolation));
            created.session_set_at = set_at;
        }
    }
    if is_user_open && at_close.user_source() != Some(Source::Scope) {
        let user = given(stack, |state| {
            let is_set = !state.written.user.is_unset();
            (is_set, state.given.user_since(since).cloned())
        });
        if let Some((given, scope)) = user {
            created.user = ResolvedUser::Known(given.user, Source::Isolation);
            created.user_set_at = given.set_at;
            let mut actors = actors_inside(stack, scope);
            actors.extend(given.actors);
            remove_repeated(&mut actors);
            actors.truncate(Limits::ACTORS);
            created.set_late_actors(actors);
            return;
        }
    }
    if is_user_open && (is_late(at_close.user_source()) || at_close.is_anonymous()) {
        created.set_late_actors(at_close.chained_actors().to_vec());
        created.user = at_close.user;
        created.user_set_at = at_close.user_set_at;
    }
}

/// The last value that an isolated scope of the stack was given and that was cleared since, innermost
/// first, and the scope. The search ends at the first scope that still has a value.
fn given<T>(
    stack: &Stack,
    read: impl Fn(&IsolatedState) -> (bool, Option<T>),
) -> Option<(T, &Isolated)> {
    let isolated = frames(stack).filter_map(|frame| match frame {
        Frame::Isolated(isolated) => Some(isolated),
        _ => None,
    });
    for isolated in isolated {
        match isolated.read(&read) {
            (true, _) => return None,
            (false, Some(given)) => return Some((given, isolated)),
            (false, None) => {}
        }
    }
    None
}

/// The actors of the frames inside an isolated scope, innermost first. None of the frames has a user.
fn actors_inside(stack: &Stack, scope: &Isolated) -> Vec<ChainedActor> {
    let is_scope =
        |frame: &Frame| matches!(frame, Frame::Isolated(it) if std::ptr::eq(&**it, scope));
    let inside = frames(stack).take_while(|frame| !is_scope(frame));
    let actors = inside.flat_map(|frame| match frame {
        Frame::Fixed(data) => data.actors().to_vec(),
        Frame::Span(span_identity) => span_identity.read(|data| data.actors().to_vec()),
        Frame::Isolated(isolated) => isolated.read(|state| state.written.actors().to_vec()),
        Frame::User(..) | Frame::Global(_) => Vec::new(),
    });
    // The user was given here, so who a peer named does not act for the user.
    actors
        .filter(|actor| actor.source != Source::Remote)
        .collect()
}
