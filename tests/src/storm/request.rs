//! The model of an isolated scope.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Numbers the frames, the writes and the spans of the process in the order of their beginnings.
pub(super) fn tick() -> u64 {
    static CLOCK: AtomicU64 = AtomicU64::new(1);
    CLOCK.fetch_add(1, SeqCst)
}

/// What a frame says of the user.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Slot {
    #[default]
    Unset,
    Nobody,
    User(u32),
}

/// What a frame says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Says {
    pub(super) user: Slot,
    pub(super) session: u32,
    pub(super) tag: u32,
}

/// What an isolated scope holds, and what the scope was given last.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    says: Says,
    user: (u32, u64),
    session: (u32, u64),
}

/// An isolated scope.
///
/// The programs of one thread write into a scope and look at the scope in turn. Before another thread
/// sees the scope, the scope is sealed: no program writes any more, so that no read races a write.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) number: u64,
    held: Mutex<Held>,
    is_sealed: AtomicBool,
    has_ended: AtomicBool,
}

impl Request {
    pub(super) fn new(number: u64) -> Self {
        Self {
            number,
            held: Mutex::default(),
            is_sealed: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn says(&self) -> Says {
        self.held().says
    }

    /// Changes what the scope says. A write of anything gives the scope again what the scope says.
    pub(super) fn write(&self, change: impl FnOnce(&mut Says)) {
        let mut held = self.held();
        change(&mut held.says);
        let (says, now) = (held.says, tick());
        if let Slot::User(user) = says.user {
            held.user = (user, now);
        }
        if says.session != 0 {
            held.session = (says.session, now);
        }
    }

    /// The user that the scope was given since, if the scope has lost the user.
    pub(super) fn user_lost_since(&self, since: u64) -> Option<u32> {
        let (user, at) = self.held().user;
        (at >= since && user != 0).then_some(user)
    }

    /// As [`user_lost_since`](Self::user_lost_since), of the session.
    pub(super) fn session_lost_since(&self, since: u64) -> Option<u32> {
        let (session, at) = self.held().session;
        (at >= since && session != 0).then_some(session)
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
