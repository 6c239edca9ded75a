//! Identifying the isolated scopes around a fixed scope.

use crate::context::change::Write;
use crate::context::handle::{Handle, Target};
use crate::frame::{Frame, Slot};
use crate::model::{ActorKind, ChainedActor, User};
use crate::stack;

/// Writes the user and the actors of a fixed scope to every isolated scope around the caller, so that
/// spans that were opened before the user was known are attributed at their close.
#[track_caller]
pub(crate) fn identify(user: &User, actors: &[ChainedActor]) {
    // An agent acts inside the function alone.
    let actors = actors.iter().rev().map(|chained| &chained.actor);
    let actors = actors.filter(|actor| actor.kind() != ActorKind::Agent);
    let actors: Vec<_> = actors.cloned().collect();
    let around: Vec<_> = stack::with_frames(|frames| {
        frames
            .filter_map(|frame| match frame {
                Frame::Isolated(isolated) => Some(isolated.shared().clone()),
                _ => None,
            })
            .collect()
    });
    // If the stack of the span has no isolated scope, the nearest one around the entry is the
    // target of writes.
    let around = match around.is_empty() {
        true => stack::nearest_isolated().into_iter().collect(),
        false => around,
    };
    for isolated in around {
        Handle(Target::Isolated(isolated))
            .write(Write::User(Slot::Set(user.clone()), actors.clone()));
    }
}
