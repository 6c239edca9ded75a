//! A frame: the data that one scope, or one span, puts on the stack.

use std::panic::Location;
use std::sync::Arc;

use crate::frame::global::GlobalLayer;
use crate::frame::isolated::IsolatedFrame;
use crate::frame::scope_data::{ScopeData, Slot};
use crate::frame::span_identity::SpanIdentity;
use crate::model::{SessionId, User};
use crate::util::SetAt;

/// Where the user of a frame was set.
pub(crate) type SetAtCall = Option<&'static Location<'static>>;

/// The data that one scope, or one span, puts on the stack.
#[derive(Clone, Debug)]
pub(crate) enum Frame {
    /// A user and nothing else, as most scopes have, and where the user was set. Small, because frames
    /// are moved.
    User(User, SetAtCall),
    /// The data of a fixed scope.
    Fixed(Box<ScopeData>),
    /// The identity fields of a span, recorded at its creation or later.
    Span(Arc<SpanIdentity>),
    /// An isolated scope.
    Isolated(IsolatedFrame),
    /// The global layer of a test, used instead of the global layer of the process.
    Global(Arc<GlobalLayer>),
}

impl Frame {
    /// A frame with an empty user, to be filled or dropped.
    pub(crate) fn empty_user() -> Self {
        Self::User(User::default(), None)
    }

    /// A clone for a captured stack, which keeps no isolated scope open.
    pub(crate) fn captured(&self) -> Self {
        match self {
            Self::Isolated(isolated) => Self::Isolated(isolated.reference()),
            frame => frame.clone(),
        }
    }

    /// Changes the data of the frame. The global layer of a test and the frame of a span do not change,
    /// because no scope holds them.
    #[inline]
    pub(crate) fn update(&mut self, change: impl FnOnce(&mut ScopeData)) {
        match self {
            Self::Fixed(data) => change(data),
            other => other.update_other(change),
        }
    }

    fn update_other(&mut self, change: impl FnOnce(&mut ScopeData)) {
        match self {
            Self::Fixed(data) => change(data),
            Self::User(user, set_at) => {
                let mut data = ScopeData::of_scope();
                data.user_set_at = set_at.map_or(SetAt::Unknown, SetAt::Call);
                data.user = Slot::Set(User::default());
                if let Slot::Set(place) = &mut data.user {
                    place.take_from(user);
                }
                change(&mut data);
                *self = Self::Fixed(data);
            }
            Self::Isolated(isolated) => {
                isolated.write(|state| change(&mut state.written));
            }
            Self::Global(_) | Self::Span(_) => {}
        }
    }

    /// The user and the session of a fixed frame.
    pub(crate) fn named(&self) -> Option<(Slot<&User>, Option<&SessionId>)> {
        match self {
            Self::User(user, _) => Some((Slot::Set(user), None)),
            Self::Fixed(data) => Some((data.user.as_ref(), data.session.as_ref())),
            _ => None,
        }
    }

    /// Whether the frame identifies: the frame has a user or a session, is anonymous, or is an isolated
    /// scope, which can be given a user later.
    pub(crate) fn identifies(&self) -> bool {
        let identifies = |data: &ScopeData| !data.user.is_unset() || data.session.is_some();
        match self {
            Self::User(..) | Self::Isolated(_) => true,
            Self::Fixed(data) => identifies(data),
            Self::Span(span_identity) => span_identity.read(identifies),
            Self::Global(_) => false,
        }
    }

    /// The identity fields, if this is the frame of a span.
    pub(crate) fn as_span_identity(&self) -> Option<&Arc<SpanIdentity>> {
        match self {
            Self::Span(span_identity) => Some(span_identity),
            _ => None,
        }
    }

    /// Whether this is the frame of a span that had no data at its creation.
    pub(crate) fn is_late(&self) -> bool {
        self.as_span_identity()
            .is_some_and(|span_identity| span_identity.is_late())
    }
}
