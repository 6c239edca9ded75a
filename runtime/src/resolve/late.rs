//! Late identification: what a span learns after its creation.

use crate::frame::{Frame, IsolatedState};
use crate::model::{Attribution, ResolvedUser, Source};
use crate::resolve::precedence::resolve;
use crate::stack::{frames, Stack};

/// Rule of late identification: a span that had no user (or session) when it was created, or only
/// the global one, takes at its close the one that was recorded since on a span around it, or that
/// its isolated scope was given last, also where the scope has lost it again. A span that had one
/// keeps it. A mask, the span's or the scope's, stays a mask: nobody, on purpose.
///
/// `since` is the number of writes before the span was created: what its scope lost before is not
/// the span's.
pub(crate) fn apply_late_identity(created: &mut Attribution, stack: &Stack, since: u64) {
    let user_open = matches!(
        created.user,
        ResolvedUser::Unknown(_) | ResolvedUser::Known(_, Source::Global)
    );
    let session_open = matches!(created.session, None | Some((_, Source::Global)));
    if !(user_open || session_open) {
        return;
    }
    let now = resolve(None, frames(stack));
    let is_late = |source| matches!(source, Some(Source::Isolation | Source::Scope));
    if session_open {
        if is_late(now.session_source()) {
            created.session.clone_from(&now.session);
        } else if let Some(session) = given(stack, |vars| {
            let is_said = vars.written.session.is_some();
            (is_said, vars.given.session_since(since).cloned())
        }) {
            created.session = Some((session, Source::Isolation));
        }
    }
    if user_open && now.user_source() != Some(Source::Scope) {
        let given = given(stack, |vars| {
            let is_said = !vars.written.user.is_unset();
            (is_said, vars.given.user_since(since).cloned())
        });
        if let Some(user) = given {
            created.user = ResolvedUser::Known(user, Source::Isolation);
            return;
        }
    }
    if user_open && (is_late(now.user_source()) || now.is_anonymous()) {
        created.user = now.user;
    }
}

/// What the isolated scopes of a stack were given and lost again, the innermost first, as far out as
/// the first one that still says something.
fn given<T>(stack: &Stack, of: impl Fn(&IsolatedState) -> (bool, Option<T>)) -> Option<T> {
    let isolated = frames(stack).filter_map(|frame| match frame {
        Frame::Isolated(isolated) => Some(isolated),
        _ => None,
    });
    for isolated in isolated {
        match isolated.read(&of) {
            (true, _) => return None,
            (false, Some(given)) => return Some(given),
            (false, None) => {}
        }
    }
    None
}
