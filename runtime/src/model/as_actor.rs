//! Conversion to an actor.

use std::borrow::Cow;

use crate::model::actor::Actor;
use crate::model::as_user::AsUser;

/// Types that convert to an [`Actor`]: an actor, and every user, who becomes an actor of kind
/// [`User`](crate::ActorKind::User) with the id of the user.
///
/// Implement [`AsUser`] for a type of the application; the implementation makes the type an actor
/// too.
///
/// ```
/// use whose::{Actor, User};
///
/// let operator = User::new("operator-2").with_email("o@example.com");
/// let scope = whose::user("customer-7").actor(&operator).actor(Actor::service("importer"));
/// scope.in_scope(|| assert_eq!(whose::current().actors().count(), 2));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an actor",
    label = "neither a `whose::Actor` nor a user nor an id",
    note = "an agent or a service is `whose::Actor::agent(id)` or `whose::Actor::service(id)`",
    note = "for a type of your own, `#[derive(whose::AsUser)]` with `#[whose(id)]` on the field that holds the id"
)]
pub trait AsActor {
    /// The actor. `None`, and an actor with an empty id, set nothing.
    fn as_actor(&self) -> Option<Cow<'_, Actor>>;
}

impl Actor {
    /// The actor; `None` if the value sets nothing.
    pub(crate) fn of(actor: &impl AsActor) -> Option<Self> {
        actor.as_actor().map(Cow::into_owned)
    }
}

impl<T: AsUser + ?Sized> AsActor for T {
    fn as_actor(&self) -> Option<Cow<'_, Actor>> {
        let user = self.as_user()?;
        user.id().map(|id| Cow::Owned(Actor::user(id)))
    }
}

impl AsActor for Actor {
    fn as_actor(&self) -> Option<Cow<'_, Actor>> {
        (!self.id().is_empty()).then_some(Cow::Borrowed(self))
    }
}

// Blanket implementations for pointers would overlap with the one for users.
macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl AsActor for $pointer {
            fn as_actor(&self) -> Option<Cow<'_, Actor>> {
                (**self).as_actor()
            }
        }
    )*};
}

through!(
    &Actor,
    &&Actor,
    &Option<Actor>,
    &Option<&Actor>,
    &&Option<Actor>
);

impl AsActor for Option<Actor> {
    fn as_actor(&self) -> Option<Cow<'_, Actor>> {
        self.as_ref().and_then(Actor::as_actor)
    }
}

impl AsActor for Option<&Actor> {
    fn as_actor(&self) -> Option<Cow<'_, Actor>> {
        (*self).and_then(Actor::as_actor)
    }
}
