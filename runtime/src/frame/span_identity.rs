//! The identity fields of a span.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::frame::epoch::written;
use crate::frame::scope_data::ScopeData;
use crate::model::Source;
use crate::util::Exclusive;

/// The frame of a span that has identity fields. The fields can be recorded late, and then hold for
/// everything inside the span, on every thread.
#[derive(Debug)]
pub(crate) struct SpanIdentity {
    data: RwLock<ScopeData>,
    /// Whether the span had no data at its creation.
    is_late: bool,
    /// Whether the span had no user and no session at its creation. Tags do not count.
    is_identified_late: bool,
    /// The placement at the last entry of the span before the span was identified. `stack::span` defines
    /// placements.
    entered_on: AtomicU64,
}

impl SpanIdentity {
    pub(crate) fn new(data: ScopeData) -> Self {
        let is_late = data.is_empty();
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
            None => read(&ScopeData::empty(Source::Scope)),
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

/// No placement: the span was not entered yet.
const NOT_ENTERED: u64 = u64::MAX;
