//! Actors: who acts for a user.

use std::fmt;

use crate::diagnostics::truncation::attribute;
use crate::model::as_id::AsId;
use crate::model::id::{IdError, UserId};
use crate::model::source::Source;

/// The kind of an [`Actor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ActorKind {
    /// A person, such as an operator of the support.
    User,
    /// An agent, such as a planner that calls models and tools.
    Agent,
    /// A service, such as a nightly job.
    Service,
}

impl ActorKind {
    /// The name of the kind in a record (`whose.actor.kind`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Agent => "agent",
            Self::Service => "service",
        }
    }

    /// The kind with that name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let kinds = [Self::User, Self::Agent, Self::Service];
        kinds.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for ActorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who acts for the user: an operator, an agent or a service.
///
/// Use an actor where the user that a record belongs to and the person or program that does the
/// work differ: an operator works on the case of a customer, or an agent acts for a user. Several
/// actors form a chain, as the claim `act` of RFC 8693 (section 4.1) does: an agent acts for an
/// operator, who acts for the customer. Without an actor, the user acts.
///
/// ```
/// use whose::{Actor, ActorKind};
///
/// whose::user("customer-7").actor("operator-2").in_scope(|| {
///     whose::actor(Actor::agent("planner")).in_scope(|| {
///         let at = whose::current();
///         assert_eq!(at.user_id(), Some("customer-7"));
///         assert_eq!(at.actor_id(), Some("planner"));
///         let chain: Vec<_> = at.actors().map(|actor| (actor.kind(), actor.id())).collect();
///         let expected = [(ActorKind::Agent, "planner"), (ActorKind::User, "operator-2")];
///         assert_eq!(chain, expected);
///     });
/// });
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    id: Option<UserId>,
    kind: ActorKind,
}

impl Actor {
    /// An actor of the given kind. An empty id sets nothing.
    #[must_use]
    #[track_caller]
    pub fn new(id: impl AsId, kind: ActorKind) -> Self {
        let id = attribute(|| UserId::of(&id));
        Self { id, kind }
    }

    /// An actor of the given kind. Rejects an invalid id instead of truncating.
    ///
    /// # Errors
    /// The errors of [`UserId::try_new`].
    pub fn try_new(id: impl AsId, kind: ActorKind) -> Result<Self, IdError> {
        let id = Some(UserId::try_new(id)?);
        Ok(Self { id, kind })
    }

    /// A person.
    #[must_use]
    #[track_caller]
    pub fn user(id: impl AsId) -> Self {
        Self::new(id, ActorKind::User)
    }

    /// An agent.
    #[must_use]
    #[track_caller]
    pub fn agent(id: impl AsId) -> Self {
        Self::new(id, ActorKind::Agent)
    }

    /// A service.
    #[must_use]
    #[track_caller]
    pub fn service(id: impl AsId) -> Self {
        Self::new(id, ActorKind::Service)
    }

    /// The id; empty if the actor was made of an empty id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_ref().map_or("", UserId::as_str)
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ActorKind {
        self.kind
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.kind, self.id())
    }
}

/// An actor of a chain, with the source of the frame that set the actor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChainedActor {
    pub(crate) actor: Actor,
    pub(crate) source: Source,
}
