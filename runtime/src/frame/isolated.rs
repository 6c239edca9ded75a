//! Isolated scopes.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use crate::frame::epoch::{epoch, written};
use crate::frame::observer::RecordObserver;
use crate::frame::scope_data::{ScopeData, Slot};
use crate::model::flag::Flags;
use crate::model::{ChainedActor, ScopeId, SessionId, Source, Trail, User};
use crate::util::{clock, Exclusive, SetAt};

/// The mutable frame of one request, message or job.
#[derive(Debug)]
pub(crate) struct Isolated {
    /// Identifies the scope, also between processes.
    pub(crate) id: ScopeId,
    /// How many isolated scopes of the process were made before this one.
    pub(crate) number: u64,
    /// Where the scope was made.
    pub(crate) opened_at: &'static Location<'static>,
    state: RwLock<IsolatedState>,
    pub(crate) trail: Trail,
    pub(crate) flags: Flags,
    pub(crate) observer: Option<RecordObserver>,
    /// How many [`IsolatedFrame`]s keep the scope open.
    openings: AtomicUsize,
    /// Whether a record of the scope had no user.
    has_gap: AtomicBool,
    /// Whether the scope was ever given a user.
    is_identified: AtomicBool,
    /// Whether the link record was made.
    is_linked: AtomicBool,
    /// Whether the link record has a session.
    is_session_linked: AtomicBool,
    /// Whether the link record has actors.
    is_actor_linked: AtomicBool,
}

/// The content of an isolated scope.
#[derive(Clone, Debug)]
pub(crate) struct IsolatedState {
    /// The data that the application wrote to the scope.
    pub(crate) written: ScopeData,
    /// The user and session that another process named.
    pub(crate) remote: Option<ScopeData>,
    /// The last user and the last session that were written, even if they were cleared since.
    pub(crate) given: Given,
    /// The first user, for records that started before the user was written.
    pub(crate) identified: Option<Identified>,
}

/// The first user of an isolated scope, who owns the records that started before the first write.
#[derive(Clone, Debug)]
pub(crate) struct Identified {
    pub(crate) user: User,
    /// The first session that was written while this user was set.
    pub(crate) session: Option<SessionId>,
    /// The first actors that were written while this user was set, innermost first.
    pub(crate) actors: Vec<ChainedActor>,
    /// When the user was written.
    pub(crate) time: SystemTime,
}

/// The last identity that an isolated scope was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    user: Option<(GivenUser, u64)>,
    session: Option<(GivenSession, u64)>,
}

/// A session, and where it was set.
pub(crate) type GivenSession = (SessionId, SetAt);

/// A user, and who acted for the user.
#[derive(Clone, Debug)]
pub(crate) struct GivenUser {
    pub(crate) user: User,
    pub(crate) actors: Vec<ChainedActor>,
    pub(crate) set_at: SetAt,
}

impl Given {
    /// The user, if the user was given at this [epoch](epoch()) or later.
    pub(crate) fn user_since(&self, epoch: u64) -> Option<&GivenUser> {
        let user = self
            .user
            .as_ref()
            .filter(|(_, given_at)| *given_at >= epoch);
        user.map(|(user, _)| user)
    }

    /// As [`user_since`](Self::user_since).
    pub(crate) fn session_since(&self, epoch: u64) -> Option<&GivenSession> {
        let session = self
            .session
            .as_ref()
            .filter(|(_, given_at)| *given_at >= epoch);
        session.map(|(session, _)| session)
    }
}

impl IsolatedState {
    fn empty() -> Self {
        Self {
            written: ScopeData::empty(Source::Isolation),
            remote: None,
            given: Given::default(),
            identified: None,
        }
    }

    fn keep_given(&mut self) {
        let ScopeData { user, session, .. } = &self.written;
        // Read before this write advances the epoch.
        let epoch = epoch();
        if let Slot::Set(user) = user {
            let identified = self.identified.get_or_insert_with(|| Identified {
                user: user.clone(),
                session: None,
                actors: Vec::new(),
                time: clock::now(),
            });
            let actors = self.written.actors().to_vec();
            // The session and the actors of another user do not belong to the records before the first
            // login.
            if identified.user == *user {
                if identified.session.is_none() {
                    identified.session.clone_from(session);
                }
                if identified.actors.is_empty() {
                    identified.actors.clone_from(&actors);
                }
            }
            let user = user.clone();
            let set_at = self.written.user_set_at;
            let given = GivenUser {
                user,
                actors,
                set_at,
            };
            self.given.user = Some((given, epoch));
        }
        if let Some(session) = session {
            let given = (session.clone(), self.written.session_set_at);
            self.given.session = Some((given, epoch));
        }
    }
}

/// How many isolated scopes the process made.
static MADE: AtomicU64 = AtomicU64::new(0);

impl Isolated {
    pub(crate) fn new(
        observer: Option<RecordObserver>,
        opened_at: &'static Location<'static>,
    ) -> Self {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        Self {
            id: ScopeId::of(number),
            number,
            opened_at,
            state: RwLock::new(IsolatedState::empty()),
            trail: Trail::new(),
            flags: Flags::new(),
            observer,
            openings: AtomicUsize::new(0),
            has_gap: AtomicBool::new(false),
            is_identified: AtomicBool::new(false),
            is_linked: AtomicBool::new(false),
            is_session_linked: AtomicBool::new(false),
            is_actor_linked: AtomicBool::new(false),
        }
    }

    /// Reads the content. Reads an empty content where this thread already holds a lock.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&IsolatedState) -> R) -> R {
        match Exclusive::enter() {
            Some(_exclusive) => read(&self.state.read().unwrap_or_else(PoisonError::into_inner)),
            None => read(&IsolatedState::empty()),
        }
    }

    /// Changes the content. No user code runs under the lock. Returns `None`, and changes nothing, where
    /// this thread already holds a lock.
    pub(crate) fn write<R>(&self, change: impl FnOnce(&mut IsolatedState) -> R) -> Option<R> {
        let _exclusive = Exclusive::enter()?;
        let result = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            let result = change(&mut state);
            state.keep_given();
            let is_identified = state.identified.is_some();
            if self.is_identified.load(Ordering::Relaxed) != is_identified {
                self.is_identified.store(is_identified, Ordering::SeqCst);
            }
            result
        };
        written();
        Some(result)
    }

    /// Where the user was written, or else where the scope was made.
    pub(crate) fn identified_at(&self) -> &'static Location<'static> {
        let user_set_at = self.read(|state| {
            let written = &state.written;
            (!written.user.is_unset()).then_some(written.user_set_at)
        });
        user_set_at
            .and_then(SetAt::location)
            .unwrap_or(self.opened_at)
    }

    /// Notes that a record of the scope has no user.
    pub(crate) fn note_gap(&self) {
        if !self.has_gap.load(Ordering::Relaxed) {
            self.has_gap.store(true, Ordering::SeqCst);
        }
    }

    /// Whether the link record has to be made, which names the user of the records without a user.
    /// Returns `true` at most once. Both the write of a user and a record without a user call this
    /// function after their own store, so that the later one sees both.
    pub(crate) fn takes_link(&self) -> bool {
        self.is_identified.load(Ordering::SeqCst)
            && self.has_gap.load(Ordering::SeqCst)
            && !self.is_linked.swap(true, Ordering::SeqCst)
    }

    /// Whether the link record has no session, and the session is known now; the same for the actors.
    /// Returns `true` at most once for each.
    pub(crate) fn takes_later_link(&self) -> bool {
        self.is_linked.load(Ordering::SeqCst)
            && (self.takes(&self.is_session_linked, |it| it.session.is_some())
                || self.takes(&self.is_actor_linked, |it| !it.actors.is_empty()))
    }

    fn takes(&self, is_linked: &AtomicBool, is_known: impl Fn(&Identified) -> bool) -> bool {
        !is_linked.load(Ordering::SeqCst)
            && self.read(|state| state.identified.as_ref().is_some_and(&is_known))
            && !is_linked.swap(true, Ordering::SeqCst)
    }

    /// Notes what the link record has.
    pub(crate) fn note_link(&self, identified: &Identified) {
        if identified.session.is_some() {
            self.is_session_linked.store(true, Ordering::SeqCst);
        }
        if !identified.actors.is_empty() {
            self.is_actor_linked.store(true, Ordering::SeqCst);
        }
    }

    /// Whether the request, message or job still runs. A scope ends with its last `Scope` value, guard,
    /// closure and future. Spans and tasks that captured the scope do not keep it open.
    pub(crate) fn is_open(&self) -> bool {
        self.openings.load(Ordering::Acquire) > 0
    }
}

/// An isolated scope as a frame: an opening, which keeps the scope open, or the reference of a captured
/// stack, which does not keep the scope open.
#[derive(Debug)]
pub(crate) struct IsolatedFrame {
    isolated: Arc<Isolated>,
    is_opening: bool,
}

impl IsolatedFrame {
    /// Opens an isolated scope.
    pub(crate) fn open(isolated: Isolated) -> Self {
        Self::counted(Arc::new(isolated))
    }

    /// A new opening.
    fn counted(isolated: Arc<Isolated>) -> Self {
        isolated.openings.fetch_add(1, Ordering::Relaxed);
        Self {
            isolated,
            is_opening: true,
        }
    }

    /// A reference for a captured stack.
    pub(crate) fn reference(&self) -> Self {
        Self {
            isolated: self.isolated.clone(),
            is_opening: false,
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Isolated> {
        &self.isolated
    }
}

impl std::ops::Deref for IsolatedFrame {
    type Target = Isolated;

    fn deref(&self) -> &Isolated {
        &self.isolated
    }
}

/// The clone of an opening is an opening, and the clone of a reference is a reference.
impl Clone for IsolatedFrame {
    fn clone(&self) -> Self {
        match self.is_opening {
            true => Self::counted(self.isolated.clone()),
            false => self.reference(),
        }
    }
}

impl Drop for IsolatedFrame {
    fn drop(&mut self) {
        if self.is_opening {
            self.isolated.openings.fetch_sub(1, Ordering::Release);
        }
    }
}
