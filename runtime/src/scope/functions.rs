//! The functions that begin a scope with one value.

use std::panic::Location;

use crate::model::{AsActor, AsId, AsText, AsUser};
use crate::scope::scope::Scope;

/// A scope with a user.
///
/// ```
/// whose::user("alice").in_scope(|| assert_eq!(whose::current().user_id(), Some("alice")));
/// ```
///
/// `None` sets nothing: see [`AsUser`]. Add a session, tags and more with the methods of [`Scope`].
#[inline]
#[track_caller]
pub fn user(user: impl AsUser) -> Scope {
    Scope::of_user(&user)
}

/// A scope with a session; the current user stays. `None` sets nothing.
///
/// ```
/// whose::session("s-1").in_scope(|| assert_eq!(whose::current().session_id(), Some("s-1")));
/// ```
#[track_caller]
pub fn session(session: impl AsId) -> Scope {
    Scope::new().session(session)
}

/// A scope with a conversation; the current user and session stay. `None` sets nothing.
///
/// A conversation is a thread of exchange with a model inside a session: one session can have
/// several. Records have the id as `gen_ai.conversation.id`.
///
/// ```
/// whose::user("alice").session("visit-1").in_scope(|| {
///     whose::conversation("thread-7").in_scope(|| {
///         let at = whose::current();
///         assert_eq!((at.session_id(), at.conversation_id()), (Some("visit-1"), Some("thread-7")));
///     });
/// });
/// ```
#[track_caller]
pub fn conversation(conversation: impl AsId) -> Scope {
    Scope::new().conversation(conversation)
}

/// A scope with an actor, who acts for the current user; `None` sets nothing.
///
/// The scope adds the actor to the chain of the user outside: see [`Actor`](crate::Actor).
///
/// ```
/// whose::user("customer-7").in_scope(|| {
///     whose::actor("operator-2").in_scope(|| {
///         let at = whose::current();
///         assert_eq!((at.user_id(), at.actor_id()), (Some("customer-7"), Some("operator-2")));
///     });
/// });
/// ```
#[track_caller]
pub fn actor(actor: impl AsActor) -> Scope {
    Scope::new().actor(actor)
}

/// A scope without a user, also where a scope outside has one; the session outside stays.
///
/// Use `anonymous` for work that must not be attributed to the current user.
///
/// ```
/// whose::user("alice").in_scope(|| {
///     whose::anonymous().in_scope(|| assert_eq!(whose::current().user_id(), None));
/// });
/// ```
#[track_caller]
pub fn anonymous() -> Scope {
    Scope::anonymous()
}

/// A scope with one tag.
///
/// ```
/// whose::tag("plan", "pro").in_scope(|| assert_eq!(whose::current().tag("plan"), Some("pro")));
/// ```
#[track_caller]
pub fn tag(key: impl AsRef<str>, value: impl AsText) -> Scope {
    Scope::begun_at(Location::caller()).tag(key, value)
}
