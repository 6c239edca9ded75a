//! Frames: what is said at one place of the stack.

use std::sync::Arc;

use crate::frame::global::GlobalLayer;
use crate::frame::isolated::IsolatedFrame;
use crate::frame::scope_data::{ScopeData, Slot};
use crate::frame::span_identity::SpanIdentity;
use crate::model::{SessionId, User};

#[derive(Clone, Debug)]
pub(crate) enum Frame {
    /// A user and nothing else, as most scopes say: small, since frames are moved.
    User(User),
    Fixed(Box<ScopeData>),
    /// What is said on a span, when it is created or later.
    Recorded(Arc<SpanIdentity>),
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

    /// Changes what the frame sets. The global layer of a test and the frame of a span, which no scope holds, do
    /// not change.
    pub(crate) fn update(&mut self, change: impl FnOnce(&mut ScopeData)) {
        match self {
            Self::User(user) => {
                let mut data = Box::new(ScopeData::from(std::mem::take(user)));
                change(&mut data);
                *self = Self::Fixed(data);
            }
            Self::Fixed(data) => change(data),
            Self::Isolated(isolated) => {
                isolated.write(|state| change(&mut state.written));
            }
            Self::Global(_) | Self::Recorded(_) => {}
        }
    }

    /// What a fixed frame says of the user and of the session.
    pub(crate) fn named(&self) -> Option<(Slot<&User>, Option<&SessionId>)> {
        match self {
            Self::User(user) => Some((Slot::Set(user), None)),
            Self::Fixed(data) => Some((data.user.as_ref(), data.session.as_ref())),
            _ => None,
        }
    }

    /// Whether the frame names a user or a session, is anonymous, or is an isolated scope, which may
    /// come to name a user.
    pub(crate) fn identifies(&self) -> bool {
        let identifies = |data: &ScopeData| !data.user.is_unset() || data.session.is_some();
        match self {
            Self::User(_) | Self::Isolated(_) => true,
            Self::Fixed(data) => identifies(data),
            Self::Recorded(recorded) => recorded.read(identifies),
            Self::Global(_) => false,
        }
    }

    pub(crate) fn as_recorded(&self) -> Option<&Arc<SpanIdentity>> {
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
