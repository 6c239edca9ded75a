//! Scopes as values.

use std::fmt;
use std::panic::Location;

use crate::diagnostics::truncation::attribute;
use crate::frame::{Frame, Isolated, IsolatedFrame, RecordObserver, ScopeData, Slot};
use crate::model::{AsUser, ChainedActor, SessionId, User};
use crate::resolve;
use crate::scope::guard::Guard;
use crate::stack::{self, Node, PendingEntry, ScopeSlot, Stack};
use crate::util::SetAt;

/// A user, a session, tags and data that apply to a closure, a future or the rest of a block.
///
/// A scope is a value and has no effect until it is entered. There are three kinds:
///
/// - A **fixed** scope does not change after it is built: [`whose::user`](crate::user()),
///   [`Scope::new`], [`anonymous`](Self::anonymous).
/// - An **isolated** scope accepts writes, such as [`set_user`](crate::set_user): see
///   [`isolated`](Self::isolated). Open one for each request, message or job.
/// - A **captured** scope holds all scopes that were current at one point, to carry them to another
///   thread or task: see [`current`](Self::current) and [`detached`](Self::detached).
///
/// Cloning is cheap. Clones of an isolated scope share its writes.
///
/// ```
/// use whose::{Scope, ScopeExt};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// // a closure
/// whose::user("alice").in_scope(|| assert_eq!(whose::current().user_id(), Some("alice")));
///
/// // a future
/// async { assert_eq!(whose::current().user_id(), Some("bob")) }
///     .with_scope(whose::user("bob").session("s-1"))
///     .await;
///
/// // the rest of a synchronous block (in async code, use one of the two above)
/// let _scope = whose::user("carol").enter();
/// assert_eq!(whose::current().user_id(), Some("carol"));
///
/// // another thread
/// let scope = Scope::current();
/// std::thread::spawn(|| scope.in_scope(|| assert_eq!(whose::current().user_id(), Some("carol"))));
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a scope does nothing until it is entered: `.in_scope(..)`, `.enter()` or `future.with_scope(..)`"]
pub struct Scope {
    pub(super) state: ScopeState,
}

/// At most one pointer in each case, so that a scope is passed in registers.
#[derive(Clone)]
pub(super) enum ScopeState {
    Nothing,
    /// A frame to put on top of the current stack.
    Frame(PendingEntry),
    /// A stack that replaces the current stack; `None` is the empty stack.
    Captured(Stack),
    /// As `Captured`, with data that was added afterwards.
    Added(Box<(Stack, Box<ScopeData>)>),
}

impl Scope {
    /// A fixed scope without values. Entering it changes nothing; fill it with the methods below.
    pub const fn new() -> Self {
        Self {
            state: ScopeState::Nothing,
        }
    }

    /// An isolated scope: the scope of one request, message or job that can be written to.
    ///
    /// Writes inside the scope, such as [`set_user`](crate::set_user), stay inside the scope.
    ///
    /// ```
    /// use whose::Scope;
    ///
    /// Scope::isolated().in_scope(|| {
    ///     whose::set_user("alice");
    ///     assert_eq!(whose::current().user_id(), Some("alice"));
    /// });
    /// assert_eq!(whose::current().user_id(), None);
    /// ```
    #[track_caller]
    pub fn isolated() -> Self {
        Self::isolated_at(None, Location::caller())
    }

    pub(crate) fn isolated_at(
        observer: Option<RecordObserver>,
        opened_at: &'static Location<'static>,
    ) -> Self {
        let isolated = Isolated::new(observer, opened_at);
        Self::of(Frame::Isolated(IsolatedFrame::open(isolated)))
    }

    /// A scope without a user, also where a scope outside has one; the session outside stays.
    #[track_caller]
    pub fn anonymous() -> Self {
        Self::new().into_anonymous()
    }

    /// Captures the current scope, to carry it to a thread, a pool, a channel or an actor.
    ///
    /// Entering the captured scope replaces the scope that is current on the thread, also where the
    /// captured scope is empty. A job that a pool runs in the middle of another job therefore has
    /// the scope of its submitter only.
    ///
    /// ```
    /// use whose::Scope;
    ///
    /// let empty = Scope::current();
    /// whose::user("alice").in_scope(|| {
    ///     empty.in_scope(|| assert_eq!(whose::current().user_id(), None));
    /// });
    /// ```
    pub fn current() -> Self {
        let mut captured = stack::capture();
        resolve::limit_depth(&mut captured);
        Self {
            state: ScopeState::Captured(captured.into_stack()),
        }
    }

    /// An empty captured scope: entering it removes every current scope.
    ///
    /// Use it for a worker that one request starts and that serves many requests, such as the
    /// worker of a connection pool. Records of the worker then do not belong to that request.
    ///
    /// ```
    /// use whose::{Scope, ScopeExt};
    ///
    /// # #[tokio::main] async fn main() {
    /// let worker = async { whose::current().user_id().map(String::from) };
    /// let first_request = whose::user("alice");
    /// let worker = first_request.in_scope(|| tokio::spawn(worker.with_scope(Scope::detached())));
    /// assert_eq!(worker.await.unwrap(), None);
    /// # }
    /// ```
    pub const fn detached() -> Self {
        Self {
            state: ScopeState::Captured(None),
        }
    }

    /// The fast path of most scopes: a user and no other value.
    #[inline]
    #[track_caller]
    pub(super) fn of_user(user: &impl AsUser) -> Self {
        let set_at = Some(Location::caller());
        let state = match attribute(|| PendingEntry::user(set_at, |place| user.put_user(place))) {
            Some(pending) => ScopeState::Frame(pending),
            None => ScopeState::Nothing,
        };
        Self { state }
    }

    pub(crate) fn of(frame: Frame) -> Self {
        Self {
            state: ScopeState::Frame(PendingEntry::frame(frame)),
        }
    }

    /// Whether the scope has no values.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.state, ScopeState::Nothing)
    }

    pub(super) fn frame(&self) -> Option<&Frame> {
        match &self.state {
            ScopeState::Frame(pending) => pending.as_frame(),
            ScopeState::Nothing | ScopeState::Captured(_) | ScopeState::Added(_) => None,
        }
    }

    #[inline]
    pub(super) fn update(mut self, change: impl FnOnce(&mut ScopeData)) -> Self {
        match &mut self.state {
            ScopeState::Frame(pending) => {
                if let Some(frame) = pending.as_frame_mut() {
                    frame.update(change);
                }
            }
            ScopeState::Added(added) => change(&mut added.1),
            ScopeState::Captured(stack) => {
                let added = (stack.take(), new_data(change));
                self.state = ScopeState::Added(Box::new(added));
            }
            ScopeState::Nothing => {
                let frame = Frame::Fixed(new_data(change));
                self.state = ScopeState::Frame(PendingEntry::frame(frame));
            }
        }
        self
    }

    /// Gives a scope without values its call site, before the first value.
    #[inline]
    pub(super) fn made_at(self, caller: &'static Location<'static>) -> Self {
        match self.state {
            ScopeState::Nothing => Self::begun_at(caller),
            _ => self,
        }
    }

    #[inline(never)]
    pub(super) fn begun_at(caller: &'static Location<'static>) -> Self {
        Self::new().update(|data| data.made_at = SetAt::Call(caller))
    }

    /// The actors of a fixed scope, innermost first.
    pub(crate) fn actors(&self) -> &[ChainedActor] {
        match self.frame() {
            Some(Frame::Fixed(data)) => data.actors(),
            _ => &[],
        }
    }

    /// The user and the session of a fixed scope.
    pub(crate) fn named(&self) -> Option<(Slot<&User>, Option<&SessionId>)> {
        self.frame()?.named()
    }

    /// Makes the scope current on this thread until the guard is dropped.
    ///
    /// Use `enter` in a block of synchronous code. In async code use
    /// [`ScopeExt::with_scope`](crate::ScopeExt::with_scope) or an attribute, because the task can
    /// continue on another thread while the guard stays on this one.
    ///
    /// ```
    /// let guard = whose::user("alice").enter();
    /// assert_eq!(whose::current().user_id(), Some("alice"));
    /// drop(guard);
    /// assert_eq!(whose::current().user_id(), None);
    /// ```
    #[inline]
    #[track_caller]
    pub fn enter(self) -> Guard {
        self.enter_at(Some(Location::caller()))
    }

    /// As [`enter`](Self::enter), with an optional call site for the warning about a misused guard.
    #[inline]
    pub(crate) fn enter_at(self, entered_at: Option<&'static Location<'static>>) -> Guard {
        let pending = self.state.into_pending();
        Guard::new(pending.map_or(0, |pending| stack::push(pending, entered_at)))
    }

    /// Makes the scope current while the closure runs, and returns the result of the closure.
    #[inline]
    pub fn in_scope<R>(self, f: impl FnOnce() -> R) -> R {
        stack::run(self.state.into_pending_or_empty(), f)
    }

    /// The form in which a future keeps the scope, behind one pointer.
    #[inline]
    pub(crate) fn into_slot(self) -> ScopeSlot {
        ScopeSlot::from(self.state.into_pending_or_empty())
    }
}

impl ScopeState {
    #[inline]
    fn into_pending(self) -> Option<PendingEntry> {
        match self {
            Self::Nothing => None,
            Self::Frame(pending) => Some(pending),
            Self::Captured(node) => Some(PendingEntry::replacement(node)),
            Self::Added(added) => Some(added_to(*added)),
        }
    }

    /// An entry for a delimited scope: scopes that are still open inside end with the entry, also
    /// if this scope is empty.
    #[inline]
    fn into_pending_or_empty(self) -> PendingEntry {
        self.into_pending().unwrap_or_else(PendingEntry::empty)
    }
}

/// The data of a scope that had none before.
fn new_data(change: impl FnOnce(&mut ScopeData)) -> Box<ScopeData> {
    let mut data = ScopeData::of_scope();
    change(&mut data);
    data
}

/// A captured stack with data that was added afterwards. A separate function, because most scopes
/// have none.
#[inline(never)]
fn added_to((stack, data): (Stack, Box<ScopeData>)) -> PendingEntry {
    PendingEntry::replacement(Some(Node::new(Frame::Fixed(data), stack)))
}

impl Default for Scope {
    fn default() -> Self {
        Self::new()
    }
}

/// Prints the kind of scope, and no identity.
impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match (&self.state, self.frame()) {
            (ScopeState::Nothing, _) => "empty",
            (ScopeState::Captured(None), _) => "detached",
            (ScopeState::Captured(_) | ScopeState::Added(_), _) | (ScopeState::Frame(_), None) => {
                "captured"
            }
            (_, Some(Frame::User(..) | Frame::Fixed(_))) => "fixed",
            (_, Some(Frame::Isolated(_))) => "isolated",
            (_, Some(Frame::Global(_))) => "global",
            (_, Some(Frame::Span(_))) => "span",
        };
        f.debug_tuple("Scope")
            .field(&format_args!("{kind}"))
            .finish()
    }
}
