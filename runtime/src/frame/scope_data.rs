//! The data that one frame, or one record, sets.

use std::cell::Cell;

use crate::diagnostics::Limits;
use crate::model::{self, Actor, ChainedActor, Data, SessionId, Source, Tags, User};
use crate::util::SetAt;

/// The user of a frame. `Unset` inherits, `Anonymous` means no user.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Slot<T> {
    #[default]
    Unset,
    Anonymous,
    Set(T),
}

impl<T> Slot<T> {
    pub(crate) fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    pub(crate) fn as_ref(&self) -> Slot<&T> {
        match self {
            Self::Unset => Slot::Unset,
            Self::Anonymous => Slot::Anonymous,
            Self::Set(value) => Slot::Set(value),
        }
    }
}

impl Slot<User> {
    /// Whether this user, written in place of `before`, ends who acts for `before`. A supplement adds to
    /// the user outside, not to the user that it was written over.
    pub(crate) fn ends_actors_of(&self, before: &Self) -> bool {
        match (self, before) {
            (_, Self::Unset) | (Self::Anonymous, Self::Anonymous) => false,
            (Self::Set(user), Self::Set(before)) => match (user.user_id(), before.user_id()) {
                (None, None) => !(user.is_supplement() && before.is_supplement()),
                (id, before) => id != before,
            },
            _ => true,
        }
    }

    /// Whether this user replaces `before`, and so the actors of `before`.
    pub(crate) fn replaces(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Unset, _) | (_, Self::Unset) | (Self::Anonymous, Self::Anonymous) => false,
            (Self::Set(user), Self::Set(before)) => !user.adds_to(before),
            (Self::Set(_), Self::Anonymous) | (Self::Anonymous, Self::Set(_)) => true,
        }
    }
}

/// The data that one frame, or one record, sets.
#[derive(Clone)]
pub(crate) struct ScopeData {
    pub(crate) user: Slot<User>,
    pub(crate) session: Option<SessionId>,
    pub(crate) tags: Tags,
    /// Extra and contexts. Boxed, because few frames have them.
    pub(crate) data: Option<Box<Data>>,
    // Two sources, because a flattened frame can hold a user and a session of different sources.
    pub(crate) user_source: Source,
    pub(crate) session_source: Source,
    /// Where the scope was made.
    pub(crate) made_at: SetAt,
    /// Where the user was set, or the anonymous state. Without a user, the value means nothing.
    pub(crate) user_set_at: SetAt,
    pub(crate) session_set_at: SetAt,
}

thread_local! {
    /// The box of a scope that ended, for the next scope of the thread. The box has no data, but keeps
    /// the memory of its tags.
    static SPARE: Cell<Option<Box<ScopeData>>> = const { Cell::new(None) };
}

impl ScopeData {
    /// The data of a scope that sets nothing yet, in the box of a scope that ended if there is one.
    #[inline]
    pub(crate) fn of_scope() -> Box<Self> {
        match SPARE.try_with(Cell::take) {
            Ok(Some(spare)) => spare,
            _ => Box::new(Self::empty(Source::Scope)),
        }
    }

    /// Keeps the box of a scope that ended for [`of_scope`](Self::of_scope).
    #[inline]
    pub(crate) fn recycle(mut data: Box<Self>) {
        data.user = Slot::Unset;
        data.session = None;
        data.tags.clear();
        data.data = None;
        data.user_source = Source::Scope;
        data.session_source = Source::Scope;
        data.made_at = SetAt::Unknown;
        let _ = SPARE.try_with(|spare| spare.set(Some(data)));
    }

    #[inline]
    pub(crate) fn empty(source: Source) -> Self {
        Self {
            user: Slot::Unset,
            session: None,
            tags: Tags::default(),
            data: None,
            user_source: source,
            session_source: source,
            made_at: SetAt::Unknown,
            user_set_at: SetAt::Unknown,
            session_set_at: SetAt::Unknown,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.user.is_unset()
            && self.session.is_none()
            && self.tags.is_empty()
            && self.data.as_ref().is_none_or(|data| data.is_empty())
    }

    /// The actors, innermost first.
    pub(crate) fn actors(&self) -> &[ChainedActor] {
        self.data.as_ref().map_or(&[], |data| data.actors())
    }

    /// Adds an actor who acts for the actors that are set already.
    pub(crate) fn add_actor(&mut self, actor: Actor) {
        let source = self.user_source;
        let actors = self.data.get_or_insert_default().actors_mut();
        // Nobody acts for oneself.
        if actors.first().is_some_and(|first| first.actor == actor) {
            return;
        }
        actors.insert(0, ChainedActor { actor, source });
        // The resolver counts the actors that the limit drops.
        actors.truncate(Limits::ACTORS + 1);
    }

    /// Replaces the actors; innermost first.
    pub(crate) fn set_actors(&mut self, actors: Vec<ChainedActor>) {
        if !(actors.is_empty() && self.actors().is_empty()) {
            *self.data.get_or_insert_default().actors_mut() = actors;
        }
    }

    /// Removes the actors that a trusted peer named.
    pub(crate) fn remove_remote_actors(&mut self) {
        if let Some(data) = &mut self.data {
            data.actors_mut()
                .retain(|actor| actor.source != Source::Remote);
        }
    }

    pub(crate) fn clear_actors(&mut self) {
        if let Some(data) = &mut self.data {
            data.actors_mut().clear();
        }
    }

    /// Merges this data over the earlier data of the same frame or record.
    pub(crate) fn merged_over(mut self, before: Option<Self>) -> Self {
        let Some(before) = before else { return self };
        if self.actors().is_empty() && !self.user.replaces(&before.user) {
            let kept = before.actors();
            if !kept.is_empty() {
                *self.data.get_or_insert_default().actors_mut() = kept.to_vec();
            }
        }
        if self.user.is_unset() {
            self.user_set_at = before.user_set_at;
        }
        if self.session.is_none() {
            self.session_set_at = before.session_set_at;
        }
        self.user = match (self.user, before.user) {
            (Slot::Unset, before) => before,
            (Slot::Set(user), Slot::Set(covered)) if user.adds_to(&covered) => {
                Slot::Set(user.over(&covered))
            }
            (user, _) => user,
        };
        self.session = self.session.or(before.session);
        self.tags.merge_missing(&before.tags);
        model::merge_missing_data(&mut self.data, before.data.as_deref());
        self
    }

    /// The same data, with the given source for user, session and actors.
    pub(crate) fn with_source(mut self, source: Source) -> Self {
        if let Some(data) = &mut self.data {
            for actor in data.actors_mut() {
                actor.source = source;
            }
        }
        Self {
            user_source: source,
            session_source: source,
            ..self
        }
    }
}
