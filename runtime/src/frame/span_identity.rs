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
    data: RwLock<ScopeData>,
    /// Whether nothing was said when the span was created.
    is_late: bool,
    /// Whether nobody was named when the span was created; tags name nobody.
    is_identified_late: bool,
    /// The number of what was current where the span was last entered before it was identified.
    entered_on: AtomicU64,
}

impl SpanIdentity {
    pub(crate) fn new(data: ScopeData) -> Self {
        let is_late = data.is_nothing();
        let is_identified_late = data.user.is_unset() && data.session.is_none();
        Self {
            data: RwLock::new(data),
            is_late,
            is_identified_late,
            entered_on: AtomicU64::new(NOT_ENTERED),
        }
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&ScopeData) -> R) -> R {
        match Exclusive::enter() {
            Some(_exclusive) => read(&self.data.read().unwrap_or_else(PoisonError::into_inner)),
            None => read(&ScopeData::nothing(Source::Scope)),
        }
    }

    pub(crate) fn set(&self, data: ScopeData) {
        if let Some(_exclusive) = Exclusive::enter() {
            *self.data.write().unwrap_or_else(PoisonError::into_inner) = data;
            written();
        }
    }

    pub(crate) fn is_late(&self) -> bool {
        self.is_late
    }

    pub(crate) fn is_identified_late(&self) -> bool {
        self.is_identified_late
    }

    pub(crate) fn entered_on(&self) -> Option<u64> {
        match self.entered_on.load(Ordering::Relaxed) {
            NOT_ENTERED => None,
            placement => Some(placement),
        }
    }

    pub(crate) fn set_entered_on(&self, placement: u64) {
        self.entered_on.store(placement, Ordering::Relaxed);
    }
}

/// The number of no stack: the span was not entered yet.
const NOT_ENTERED: u64 = u64::MAX;
