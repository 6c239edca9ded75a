//! The resolved user, session, tags and data of one point in the program.

use std::fmt;

use serde_json::Value as Json;

use crate::model::data::Data;
use crate::model::id::{ConversationId, SessionId, UserId};
use crate::model::source::Source;
use crate::model::tags::Tags;
use crate::model::unattributed::UnattributedReason;
use crate::model::user::User;
use crate::model::ScopeId;
use crate::util::{CallSite, SetAt};

/// The user, the session, the tags and the data that apply at one point in the program.
///
/// [`current`](crate::current) returns the attribution of the calling code;
/// [`Record::attribution`](crate::Record::attribution) returns that of a record. The attribution
/// also states which kind of frame set the user and the session ([`Source`]), or why there is no
/// user ([`UnattributedReason`]).
///
/// `Debug` prints the ids, their sources, and the number of tags and values. `Debug` never prints
/// contents, so a log line cannot reveal what a [`Policy`](crate::Policy) withholds.
///
/// ```
/// use whose::Source;
///
/// whose::user("alice").session("s-1").tag("plan", "pro").in_scope(|| {
///     let at = whose::current();
///     assert_eq!((at.user_id(), at.session_id(), at.tag("plan")), (Some("alice"), Some("s-1"), Some("pro")));
///     assert_eq!(at.user_source(), Some(Source::Scope));
/// });
/// ```
#[derive(Default)]
pub struct Attribution {
    pub(crate) user: ResolvedUser,
    pub(crate) session: Option<(SessionId, Source)>,
    pub(crate) tags: Tags,
    pub(crate) data: Option<Box<Data>>,
    /// Where the user was set, or the anonymous state.
    pub(crate) user_set_at: SetAt,
    pub(crate) session_set_at: SetAt,
}

impl Clone for Attribution {
    fn clone(&self) -> Self {
        Self {
            user: self.user.clone(),
            session: self.session.clone(),
            tags: self.tags.clone(),
            data: self.data.clone(),
            user_set_at: self.user_set_at,
            session_set_at: self.session_set_at,
        }
    }

    /// In place: every record is given an attribution, which is large.
    #[inline]
    fn clone_from(&mut self, from: &Self) {
        let Self {
            user,
            session,
            tags,
            data,
            user_set_at,
            session_set_at,
        } = from;
        self.user.clone_from(user);
        match (&mut self.session, session) {
            (Some((place, place_source)), Some((id, source))) => {
                place.clone_from(id);
                *place_source = *source;
            }
            (place, session) => place.clone_from(session),
        }
        self.tags.clone_from(tags);
        self.data.clone_from(data);
        self.user_set_at = *user_set_at;
        self.session_set_at = *session_set_at;
    }
}

/// Compares the values and their sources, but not the call sites that set them.
impl PartialEq for Attribution {
    fn eq(&self, other: &Self) -> bool {
        let is_same_session = match (&self.session, &other.session) {
            // The equality of session ids ignores the previous id, which is a value of its own here.
            (Some((id, source)), Some((other, other_source))) => {
                source == other_source && id == other && id.previous_id() == other.previous_id()
            }
            (None, None) => true,
            _ => false,
        };
        is_same_session
            && self.user == other.user
            && self.tags == other.tags
            && self.data == other.data
    }
}

/// The resolved user: unknown, explicitly none, or known.
#[derive(Debug, PartialEq)]
pub(crate) enum ResolvedUser {
    Unknown(Gap),
    Anonymous(Source),
    Known(User, Source),
}

impl Clone for ResolvedUser {
    #[inline]
    fn clone(&self) -> Self {
        match self {
            Self::Unknown(gap) => Self::Unknown(*gap),
            Self::Anonymous(source) => Self::Anonymous(*source),
            Self::Known(user, source) => Self::Known(user.clone(), *source),
        }
    }

    /// In place: the move of a clone copies bytes that were just written in other units, which causes a
    /// store-forwarding stall.
    #[inline]
    fn clone_from(&mut self, from: &Self) {
        match from {
            Self::Unknown(gap) => *self = Self::Unknown(*gap),
            Self::Anonymous(source) => *self = Self::Anonymous(*source),
            Self::Known(user, source) => self.set_known(user, *source),
        }
    }
}

/// Why there is no user, and the isolated scope that a later write may give one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Gap {
    pub(crate) reason: UnattributedReason,
    pub(crate) scope_id: Option<ScopeId>,
}

impl Default for ResolvedUser {
    fn default() -> Self {
        Self::Unknown(Gap::default())
    }
}

/// The parts of an identity that one frame names.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named {
    pub(crate) user: bool,
    pub(crate) session: bool,
    /// The number of actors.
    pub(crate) actors: usize,
}

impl ResolvedUser {
    /// Sets the user in place.
    #[inline(always)]
    pub(crate) fn set_known(&mut self, user: &User, source: Source) {
        if !matches!(self, Self::Known(..)) {
            *self = Self::Known(User::default(), source);
        }
        if let Self::Known(place, place_source) = self {
            place.clone_from(user);
            *place_source = source;
        }
    }

    /// The state after a policy or a hook removed the user.
    pub(crate) fn withheld() -> Self {
        Self::Unknown(Gap {
            reason: UnattributedReason::Withheld,
            scope_id: None,
        })
    }
}

impl Attribution {
    /// Marks the parts that the frame of the record names as set on the record itself.
    pub(crate) fn mark_explicit(&mut self, named: Named) {
        let Named {
            user,
            session,
            actors,
        } = named;
        match &mut self.user {
            ResolvedUser::Known(_, source) | ResolvedUser::Anonymous(source) if user => {
                *source = Source::Explicit
            }
            _ => {}
        }
        if let Some((_, source)) = self.session.as_mut().filter(|_| session) {
            *source = Source::Explicit;
        }
        if let Some(data) = self.data.as_mut().filter(|_| actors > 0) {
            for actor in data.actors_mut().iter_mut().take(actors) {
                actor.source = Source::Explicit;
            }
        }
    }

    /// Whether there is a user, or the user is explicitly none.
    pub(crate) fn has_decided_user(&self) -> bool {
        !matches!(self.user, ResolvedUser::Unknown(_))
    }

    /// Takes the user, the session and the actors of `owner`.
    #[cold]
    pub(crate) fn belong_to(&mut self, owner: Self) {
        self.set_actors(owner.chained_actors().to_vec());
        self.user = owner.user;
        self.user_set_at = owner.user_set_at;
        self.session = owner.session;
        self.session_set_at = owner.session_set_at;
    }

    /// Whether the attribution holds nothing beside the id of a user and the ids of a session. An
    /// integration then has no other part to read.
    ///
    /// ```
    /// let scope = whose::user("alice").session("s-1");
    /// scope.clone().in_scope(|| assert!(whose::current().has_only_ids()));
    /// scope.tag("plan", "pro").in_scope(|| assert!(!whose::current().has_only_ids()));
    /// ```
    #[inline]
    #[must_use]
    pub fn has_only_ids(&self) -> bool {
        self.tags.is_empty()
            && self.data.is_none()
            && self.user().is_none_or(|user| user.is_only_id())
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        match &self.user {
            ResolvedUser::Known(user, _) => Some(user),
            ResolvedUser::Unknown(_) | ResolvedUser::Anonymous(_) => None,
        }
    }

    /// The id of the user.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.user()?.user_id().map(UserId::as_str)
    }

    /// The id of the session.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.session.as_ref().map(|(id, _)| id.as_str())
    }

    /// The id of the session that the current session continues.
    #[must_use]
    pub fn previous_session_id(&self) -> Option<&str> {
        self.session.as_ref()?.0.previous_id()
    }

    /// The id of the conversation: see [`conversation`](crate::conversation()).
    #[must_use]
    pub fn conversation_id(&self) -> Option<&str> {
        self.data
            .as_ref()?
            .conversation()
            .map(ConversationId::as_str)
    }

    /// The value of a tag.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key)
    }

    /// The tags, ordered by key.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.iter()
    }

    /// An extra value: see [`set_extra`](crate::set_extra).
    #[must_use]
    pub fn extra(&self, key: &str) -> Option<&Json> {
        self.data.as_ref()?.extra(key)
    }

    /// The extra values, ordered by key.
    pub fn extras(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.data.iter().flat_map(|data| data.extras())
    }

    /// A context, which is a JSON object: see [`set_context`](crate::set_context).
    #[must_use]
    pub fn context(&self, name: &str) -> Option<&Json> {
        self.data.as_ref()?.context(name)
    }

    /// The contexts, ordered by name.
    pub fn contexts(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.data.iter().flat_map(|data| data.contexts())
    }

    /// The kind of frame that set the user; `None` without a user.
    #[must_use]
    pub fn user_source(&self) -> Option<Source> {
        match self.user {
            ResolvedUser::Known(_, source) => Some(source),
            ResolvedUser::Unknown(_) | ResolvedUser::Anonymous(_) => None,
        }
    }

    pub(crate) fn anonymous_source(&self) -> Option<Source> {
        match self.user {
            ResolvedUser::Anonymous(source) => Some(source),
            ResolvedUser::Known(..) | ResolvedUser::Unknown(_) => None,
        }
    }

    /// The kind of frame that set the session; `None` without a session.
    #[must_use]
    pub fn session_source(&self) -> Option<Source> {
        self.session.as_ref().map(|(_, source)| *source)
    }

    /// The call site that set the user, or made the scope anonymous; `None` if neither was set, and
    /// for a user that is set on the record itself.
    #[must_use]
    pub fn user_call_site(&self) -> Option<CallSite> {
        match self.user {
            ResolvedUser::Unknown(_) => None,
            ResolvedUser::Known(..) | ResolvedUser::Anonymous(_) => self.user_set_at.call_site(),
        }
    }

    /// The call site that set the session.
    #[must_use]
    pub fn session_call_site(&self) -> Option<CallSite> {
        self.session.as_ref()?;
        self.session_set_at.call_site()
    }

    /// Why there is no user; `None` with a user.
    #[must_use]
    pub fn unattributed(&self) -> Option<UnattributedReason> {
        match self.user {
            ResolvedUser::Known(..) => None,
            ResolvedUser::Anonymous(_) => Some(UnattributedReason::Anonymous),
            ResolvedUser::Unknown(gap) => Some(gap.reason),
        }
    }

    /// The isolated scope around code without a user. `None` with a user, in an anonymous scope,
    /// and outside every isolated scope.
    pub(crate) fn scope_id(&self) -> Option<ScopeId> {
        match &self.user {
            ResolvedUser::Unknown(gap) => gap.scope_id,
            ResolvedUser::Known(..) | ResolvedUser::Anonymous(_) => None,
        }
    }

    /// Whether the current scope is explicitly anonymous: see [`anonymous`](crate::anonymous).
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        matches!(self.user, ResolvedUser::Anonymous(_))
    }
}

impl fmt::Debug for Attribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attribution")
            .field("user", &self.user())
            .field("source", &self.user_source())
            .field("unattributed", &self.unattributed())
            .field("session_id", &self.session_id())
            .field("session_source", &self.session_source())
            .field("conversation_id", &self.conversation_id())
            .field("actors", &self.chained_actors())
            .field("tags", &self.tags().count())
            .field("extra", &self.extras().count())
            .field("contexts", &self.contexts().count())
            .finish()
    }
}
