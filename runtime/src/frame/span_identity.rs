//! What is recorded on a span.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::frame::epoch::written;
use crate::frame::scope_data::ScopeData;
use crate::model::Source;
use crate::util::Exclusive;

/// The frame of a span that has fields for an identity: they may be recorded late, and hold from
/// then on for everything that is inside the span, on whichever thread.
#[derive(Debug)]
pub(crate) struct SpanIdentity {
    says: RwLock<ScopeData>,
    /// Whether nothing was said when the span was created.
    is_late: bool,
    /// Whether nobody was named when the span was created; tags name nobody.
    names_late: bool,
    /// The number of what was current where the span was last entered before it was identified.
    entered_on: AtomicU64,
}

impl SpanIdentity {
    pub(crate) fn new(says: ScopeData) -> Self {
        let is_late = says.is_nothing();
        let names_late = says.user.is_unset() && says.session.is_none();
        Self {
            says: RwLock::new(says),
            is_late,
            names_late,
            entered_on: AtomicU64::new(NEVER),
        }
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&ScopeData) -> R) -> R {
        match Exclusive::enter() {
            Some(_exclusive) => read(&self.says.read().unwrap_or_else(PoisonError::into_inner)),
            None => read(&ScopeData::nothing(Source::Scope)),
        }
    }

    pub(crate) fn set(&self, says: ScopeData) {
        if let Some(_exclusive) = Exclusive::enter() {
            *self.says.write().unwrap_or_else(PoisonError::into_inner) = says;
            written();
        }
    }

    pub(crate) fn is_late(&self) -> bool {
        self.is_late
    }

    pub(crate) fn names_late(&self) -> bool {
        self.names_late
    }

    pub(crate) fn entered_on(&self) -> Option<u64> {
        match self.entered_on.load(Ordering::Relaxed) {
            NEVER => None,
            place => Some(place),
        }
    }

    pub(crate) fn set_entered_on(&self, place: u64) {
        self.entered_on.store(place, Ordering::Relaxed);
    }
}

/// The number of no stack: the span was not entered yet.
const NEVER: u64 = u64::MAX;
