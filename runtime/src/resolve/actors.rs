//! The chain of actors, collected from the innermost frame outwards.

use crate::diagnostics::truncation::note;
use crate::diagnostics::{Limits, Truncated};
use crate::model::ChainedActor;

/// The actors of the frames that were visited so far, innermost first.
///
/// A frame that replaces the user outside ends the chain, because the frame states at the same time
/// who acts. A frame that supplements the user, or has no user, adds its actors to the chain of the
/// user outside. So the actors between two users belong to the inner user only if the inner user
/// adds to the outer one, which is known at the outer user.
#[derive(Debug, Default)]
pub(super) struct ActorChain {
    actors: Vec<ChainedActor>,
    /// How many of the actors act for the innermost user for certain.
    certain: usize,
}

impl ActorChain {
    pub(super) fn extend(&mut self, actors: &[ChainedActor]) {
        self.actors.extend_from_slice(actors);
    }

    /// Keeps all actors so far: they act for the innermost user.
    pub(super) fn keep(&mut self) {
        self.certain = self.actors.len();
    }

    /// Drops the actors that act for a user whom an inner user replaces.
    pub(super) fn drop_uncertain(&mut self) {
        self.actors.truncate(self.certain);
    }

    /// The chain, without the outermost actors past the limit.
    pub(super) fn into_actors(mut self) -> Vec<ChainedActor> {
        if self.actors.len() > Limits::ACTORS {
            self.actors.truncate(Limits::ACTORS);
            note(Truncated::Actor);
        }
        self.actors
    }
}
