//! The model of an isolated scope.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Numbers the frames, the writes and the spans of the process in the order of their creation.
pub(super) fn next_tick() -> u64 {
    static CLOCK: AtomicU64 = AtomicU64::new(1);
    CLOCK.fetch_add(1, SeqCst)
}

/// The user setting of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum UserSetting {
    #[default]
    Unset,
    Anonymous,
    User(u32),
}

/// The data of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ScopeData {
    pub(super) user: UserSetting,
    pub(super) session: u32,
    pub(super) tag: u32,
}

/// The data of an isolated scope, and the last user and session that it was given.
#[derive(Clone, Copy, Debug, Default)]
struct ScopeState {
    data: ScopeData,
    user: (u32, u64),
    session: (u32, u64),
}

/// An isolated scope.
///
/// The programs of one thread write and read a scope in turn. The scope is sealed before another
/// thread reads it: no program writes to a sealed scope, so no read races a write.
#[derive(Debug)]
pub(super) struct IsolatedScope {
    pub(super) number: u64,
    state: Mutex<ScopeState>,
    is_sealed: AtomicBool,
    has_ended: AtomicBool,
}

impl IsolatedScope {
    pub(super) fn new(number: u64) -> Self {
        Self {
            number,
            state: Mutex::default(),
            is_sealed: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, ScopeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn data(&self) -> ScopeData {
        self.state().data
    }

    /// Changes the data of the scope. Every write counts as giving the scope its current user and
    /// session again.
    pub(super) fn write(&self, change: impl FnOnce(&mut ScopeData)) {
        let mut state = self.state();
        change(&mut state.data);
        let (data, now) = (state.data, next_tick());
        if let UserSetting::User(user) = data.user {
            state.user = (user, now);
        }
        if data.session != 0 {
            state.session = (data.session, now);
        }
    }

    /// The user that the scope was given after `since` and has lost again.
    pub(super) fn user_lost_since(&self, since: u64) -> Option<u32> {
        let (user, given_at) = self.state().user;
        (given_at >= since && user != 0).then_some(user)
    }

    /// As [`user_lost_since`](Self::user_lost_since), for the session.
    pub(super) fn session_lost_since(&self, since: u64) -> Option<u32> {
        let (session, given_at) = self.state().session;
        (given_at >= since && session != 0).then_some(session)
    }

    pub(super) fn seal(&self) {
        self.is_sealed.store(true, SeqCst);
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.is_sealed.load(SeqCst)
    }

    pub(super) fn end(&self) {
        self.has_ended.store(true, SeqCst);
    }

    pub(super) fn is_open(&self) -> bool {
        !self.has_ended.load(SeqCst)
    }
}
