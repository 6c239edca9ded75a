//! The chain of actors of an attribution.

use crate::model::actor::{Actor, ChainedActor};
use crate::model::attribution::Attribution;
use crate::model::source::Source;

impl Attribution {
    /// Who acts for the user: the innermost actor; `None` if the user acts.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        self.actors().next()
    }

    /// The id of the [`actor`](Self::actor).
    #[must_use]
    pub fn actor_id(&self) -> Option<&str> {
        self.actor().map(Actor::id)
    }

    /// The chain of actors, innermost first: each actor acts for the next one, and the last actor
    /// acts for the user. At most [`Limits::ACTORS`](crate::Limits).
    pub fn actors(&self) -> impl Iterator<Item = &Actor> {
        self.chained_actors().iter().map(|chained| &chained.actor)
    }

    /// The kind of frame that set the [`actor`](Self::actor); `None` without an actor.
    #[must_use]
    pub fn actor_source(&self) -> Option<Source> {
        self.chained_actors().first().map(|chained| chained.source)
    }

    pub(crate) fn chained_actors(&self) -> &[ChainedActor] {
        self.data.as_ref().map_or(&[], |data| data.actors())
    }

    /// Sets who acts, innermost first.
    pub(crate) fn set_actors(&mut self, actors: Vec<ChainedActor>) {
        if !(actors.is_empty() && self.chained_actors().is_empty()) {
            *self.data.get_or_insert_default().actors_mut() = actors;
        }
    }

    /// Sets who acts for a user that is known late. The actors of the record itself stay explicit.
    pub(crate) fn set_late_actors(&mut self, mut actors: Vec<ChainedActor>) {
        for (late, created) in actors.iter_mut().zip(self.chained_actors()) {
            if created.source != Source::Explicit || created.actor != late.actor {
                break;
            }
            late.source = Source::Explicit;
        }
        self.set_actors(actors);
    }
}
