//! The chain of actors, collected from the innermost frame outwards.

use crate::diagnostics::truncation::note;
use crate::diagnostics::{Limits, Truncated};
use crate::model::{ChainedActor, Source, User, UserId};

/// The actors of the frames that were visited so far, innermost first.
///
/// A frame that replaces the user outside ends the chain, because the frame states at the same time
/// who acts. A frame that supplements the user, or has no user, adds its actors to the chain of the
/// user outside. A supplement takes its id from a user further out, so [`end_at_users`](Self::end_at_users)
/// decides when all users are known.
#[derive(Debug, Default)]
pub(super) struct ActorChain {
    actors: Vec<ChainedActor>,
    /// For each user that was visited, innermost first: how many actors are inside the frame of the user
    /// or in it. The actors after them are outside.
    inside_users: Vec<usize>,
}

impl ActorChain {
    pub(super) fn extend(&mut self, actors: &[ChainedActor]) {
        self.actors.extend_from_slice(actors);
    }

    /// Notes that the actors so far are not outside the last of `users` users.
    pub(super) fn note_user(&mut self, users: usize) {
        // The chain begins with the first actor, and users further in are before the first actor.
        self.inside_users.resize(users, 0);
        if let Some(last) = self.inside_users.last_mut() {
            *last = self.actors.len();
        }
    }

    /// Removes and returns the actors outside the last of `users` users.
    pub(super) fn split_off_outside(&mut self, users: usize) -> Vec<ChainedActor> {
        let kept = self.inside(users.checked_sub(1));
        self.actors.split_off(kept)
    }

    /// Ends the chain at every user, innermost first, that does not add to the user outside.
    pub(super) fn end_at_users(&mut self, users: &[&User]) {
        let mut outer: Option<Option<&UserId>> = None;
        for (index, user) in users.iter().enumerate().rev() {
            let adds = match outer {
                Some(outer) => user.adds_to_id(outer),
                None => user.is_supplement(),
            };
            if !adds {
                let kept = self.inside(Some(index));
                self.actors.truncate(kept);
            }
            outer = Some(user.user_id().or_else(|| outer.flatten().filter(|_| adds)));
        }
    }

    /// How many actors are not outside the user of that index. All, if there is no user.
    fn inside(&self, user: Option<usize>) -> usize {
        let of_user = |user| self.inside_users.get(user).copied().unwrap_or(0);
        user.map_or(self.actors.len(), of_user)
    }

    /// The chain, without the outermost actors past the limit.
    pub(super) fn into_actors(mut self) -> Vec<ChainedActor> {
        remove_repeated(&mut self.actors);
        if self.actors.len() > Limits::ACTORS {
            self.actors.truncate(Limits::ACTORS);
            note(Truncated::Actor);
        }
        self.actors
    }
}

/// Removes each actor who stands next to the same actor further in: nobody acts for oneself. The frame
/// of a function and the scope that the function identifies name the same actor, and so does each
/// level of a recursion.
pub(super) fn remove_repeated(actors: &mut Vec<ChainedActor>) {
    actors.dedup_by(|outer, inner| outer.actor == inner.actor);
}

/// Whether a trusted peer named one of the actors.
pub(super) fn any_remote(actors: &[ChainedActor]) -> bool {
    actors.iter().any(|actor| actor.source == Source::Remote)
}
