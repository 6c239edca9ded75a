//! Frames: what is said at one place of the stack.

use std::sync::Arc;

use crate::frame::global::GlobalLayer;
use crate::frame::isolated::IsolatedFrame;
use crate::frame::span_identity::Recorded;
use crate::model::{self, Data, SessionId, Source, Tags, User};

/// What a frame says of the user.
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

/// Everything that one frame, or one record, says.
#[derive(Clone)]
pub(crate) struct Says {
    pub(crate) user: Slot<User>,
    pub(crate) session: Option<SessionId>,
    pub(crate) tags: Tags,
    /// Extra and contexts: few frames have any.
    pub(crate) data: Option<Box<Data>>,
    // A summed-up frame holds a user and a session of different origins.
    pub(crate) user_source: Source,
    pub(crate) session_source: Source,
}

impl From<User> for Says {
    /// What a scope says.
    fn from(user: User) -> Self {
        Self {
            user: Slot::Set(user),
            ..Self::nothing(Source::Scope)
        }
    }
}

impl Says {
    #[inline]
    pub(crate) fn nothing(source: Source) -> Self {
        Self {
            user: Slot::Unset,
            session: None,
            tags: Tags::default(),
            data: None,
            user_source: source,
            session_source: source,
        }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.user.is_unset()
            && self.session.is_none()
            && self.tags.is_empty()
            && self.data.as_ref().is_none_or(|data| data.is_empty())
    }

    /// What is said now, over what was said before at the same place.
    pub(crate) fn over(mut self, before: Option<Self>) -> Self {
        let Some(before) = before else { return self };
        self.user = match (self.user, before.user) {
            (Slot::Unset, before) => before,
            (Slot::Set(user), Slot::Set(covered)) if user.adds_to(&covered) => {
                Slot::Set(user.over(&covered))
            }
            (user, _) => user,
        };
        self.session = self.session.or(before.session);
        self.tags.fill_from(&before.tags);
        model::fill(&mut self.data, before.data.as_deref());
        self
    }

    pub(crate) fn with_source(self, source: Source) -> Self {
        Self {
            user_source: source,
            session_source: source,
            ..self
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Frame {
    /// A user and nothing else, as most scopes say: small, since frames are moved.
    User(User),
    Fixed(Box<Says>),
    /// What is said on a span, when it is created or later.
    Recorded(Arc<Recorded>),
    Isolated(IsolatedFrame),
    /// Stands in for the process's own global layer, in tests.
    Global(Arc<GlobalLayer>),
}

impl Frame {
    /// A frame that names nobody.
    pub(crate) fn nothing() -> Self {
        Self::User(User::default())
    }

    /// The frame for a captured stack, which keeps no isolated scope open.
    pub(crate) fn captured(&self) -> Self {
        match self {
            Self::Isolated(isolated) => Self::Isolated(isolated.reference()),
            frame => frame.clone(),
        }
    }

    /// Says more; the hook of a test, and a span's own frame, which no scope holds, say nothing.
    pub(crate) fn say(&mut self, say: impl FnOnce(&mut Says)) {
        match self {
            Self::User(user) => {
                let mut says = Box::new(Says::from(std::mem::take(user)));
                say(&mut says);
                *self = Self::Fixed(says);
            }
            Self::Fixed(says) => say(says),
            Self::Isolated(isolated) => {
                isolated.write(|vars| say(&mut vars.written));
            }
            Self::Global(_) | Self::Recorded(_) => {}
        }
    }

    /// What a fixed frame says of the user and of the session.
    pub(crate) fn named(&self) -> Option<(Slot<&User>, Option<&SessionId>)> {
        match self {
            Self::User(user) => Some((Slot::Set(user), None)),
            Self::Fixed(says) => Some((says.user.as_ref(), says.session.as_ref())),
            _ => None,
        }
    }

    pub(crate) fn as_recorded(&self) -> Option<&Arc<Recorded>> {
        match self {
            Self::Recorded(recorded) => Some(recorded),
            _ => None,
        }
    }

    /// Whether this is what was, or may be, recorded on a span after its creation.
    pub(crate) fn is_late(&self) -> bool {
        self.as_recorded()
            .is_some_and(|recorded| recorded.is_late())
    }
}
