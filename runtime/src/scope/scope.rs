//! Scopes as values.

use std::fmt;
use std::mem::forget;
use std::panic::Location;

use serde::Serialize;

use crate::diagnostics::truncation::attribute;
use crate::frame::{Frame, Given, Isolated, IsolatedFrame, RecordObserver, ScopeData, Slot};
use crate::model::{
    Actor, AsActor, AsId, AsText, AsUser, ChainedActor, ConversationId, SessionId, Source, Tags,
    User,
};
use crate::scope::guard::Guard;
use crate::scope::state::ScopeState;
use crate::stack::{self, PendingEntry, ScopeSlot};
use crate::util::SetAt;
use crate::{resolve, user_code};

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
    state: ScopeState,
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

    /// Sets the user; `None` sets nothing.
    #[inline]
    #[track_caller]
    pub fn user(self, user: impl AsUser) -> Self {
        let caller = Location::caller();
        if let ScopeState::Nothing = self.state {
            // Dropping an empty scope would be a function call.
            forget(self);
            return Self::of_user(&user);
        }
        match attribute(|| user.as_user()) {
            Some(user) => self.update(|data| {
                data.user = Slot::Set(user);
                data.user_set_at = SetAt::Call(caller);
            }),
            None => self,
        }
    }

    /// Sets the session; `None` sets nothing.
    #[track_caller]
    pub fn session(self, session: impl AsId) -> Self {
        let caller = Location::caller();
        attribute(|| {
            // Evaluate these first, because they run code of the application.
            let (id, previous) = (session.as_id(), session.previous_id());
            match id.filter(|id| !id.is_empty()) {
                Some(id) => self.update(|data| {
                    SessionId::put(&mut data.session, &id, previous);
                    data.session_set_at = SetAt::Call(caller);
                }),
                None => self,
            }
        })
    }

    /// As [`user`](Self::user), with the call site.
    #[cfg(feature = "tower")]
    pub(crate) fn with_user_at(self, user: User, set_at: &'static Location<'static>) -> Self {
        self.update(|data| {
            data.user = Slot::Set(user);
            data.user_set_at = SetAt::Call(set_at);
        })
    }

    /// As [`session`](Self::session), with the call site.
    #[cfg(feature = "tower")]
    pub(crate) fn with_session_at(
        self,
        session: SessionId,
        set_at: &'static Location<'static>,
    ) -> Self {
        self.update(|data| {
            data.session = Some(session);
            data.session_set_at = SetAt::Call(set_at);
        })
    }

    /// Sets the conversation; `None` sets nothing.
    #[track_caller]
    pub fn conversation(self, conversation: impl AsId) -> Self {
        let caller = Location::caller();
        match attribute(|| ConversationId::of(&conversation)) {
            Some(id) => self.made_at(caller).update(|data| {
                let values = data.data.get_or_insert_default();
                values.set_conversation(Some(id));
            }),
            None => self,
        }
    }

    /// Adds an actor, who acts for the actors and the user of the scope; `None` sets nothing.
    ///
    /// A scope that names another user than the scope outside also states who acts: the actors
    /// outside do not act for that user. A scope without a user, and a scope that names the same
    /// user again, add to the actors outside.
    ///
    /// ```
    /// whose::user("alice").actor("operator-2").in_scope(|| {
    ///     assert_eq!(whose::current().actor_id(), Some("operator-2"));
    ///     whose::user("bob").in_scope(|| assert_eq!(whose::current().actor_id(), None));
    /// });
    /// ```
    #[track_caller]
    pub fn actor(self, actor: impl AsActor) -> Self {
        let caller = Location::caller();
        match attribute(|| Actor::of(&actor)) {
            Some(actor) => self.made_at(caller).update(|data| data.add_actor(actor)),
            None => self,
        }
    }

    /// Adds a tag; `None` sets nothing. An invalid key is dropped and counted.
    #[track_caller]
    pub fn tag(self, key: impl AsRef<str>, value: impl AsText) -> Self {
        attribute(|| {
            // Evaluate these first, because they run code of the application.
            match (key.as_ref(), value.as_text()) {
                (key, Some(value)) if Tags::takes(key) => self.put_tag(key, &value),
                _ => self,
            }
        })
    }

    /// Sets a tag with a valid key. Not generic, so that the types of keys and values share the code.
    #[inline(never)]
    fn put_tag(self, key: &str, value: &str) -> Self {
        self.update(|data| data.tags.put(key, value))
    }

    /// Adds several tags.
    ///
    /// ```
    /// whose::Scope::new().tags([("plan", "pro"), ("region", "eu-1")]).in_scope(|| {
    ///     assert_eq!(whose::current().tag("region"), Some("eu-1"));
    /// });
    /// ```
    #[track_caller]
    pub fn tags<K: AsRef<str>, V: AsText>(self, tags: impl IntoIterator<Item = (K, V)>) -> Self {
        let caller = Location::caller();
        attribute(|| self.add_tags(caller, Tags::collect(tags)))
    }

    /// Adds an extra value, which is serialised now. A value that cannot be serialised is left out
    /// and counted.
    ///
    /// ```
    /// whose::Scope::new().extra("cart", ["book", "pen"]).in_scope(|| {
    ///     assert_eq!(whose::current().extra("cart").unwrap()[0], "book");
    /// });
    /// ```
    #[track_caller]
    pub fn extra(self, key: impl AsRef<str>, value: impl Serialize) -> Self {
        let caller = Location::caller();
        attribute(|| match user_code::to_bounded_json(&value) {
            Some(value) => self.made_at(caller).update(|data| {
                let values = data.data.get_or_insert_default();
                values.set_extra(key.as_ref(), Some(value));
            }),
            None => self,
        })
    }

    /// Adds a context, a map of values under a name, which is serialised now.
    ///
    /// ```
    /// let app = serde_json::json!({ "version": "1.2" });
    /// whose::Scope::new().context("app", app).in_scope(|| {
    ///     assert_eq!(whose::current().context("app").unwrap()["version"], "1.2");
    /// });
    /// ```
    #[track_caller]
    pub fn context(self, name: impl AsRef<str>, value: impl Serialize) -> Self {
        let caller = Location::caller();
        attribute(|| match user_code::to_context(&value) {
            Some(value) => self.made_at(caller).update(|data| {
                let values = data.data.get_or_insert_default();
                values.set_context(name.as_ref(), Some(value));
            }),
            None => self,
        })
    }

    fn add_tags(self, caller: &'static Location<'static>, tags: Tags) -> Self {
        if tags.is_empty() {
            return self;
        }
        self.made_at(caller).update(|data| data.tags.extend(tags))
    }

    /// Marks the values of the scope as sent by another process that the application trusts.
    ///
    /// The user then applies ([`Source::Remote`]) only while no scope outside has a user and no
    /// write into the scope sets one: an identity from outside never overrides an authenticated
    /// identity. A session and actors follow the same rule. Set user, session and actors before this
    /// call.
    ///
    /// ```
    /// use whose::{Scope, Source};
    ///
    /// let from_header = Scope::isolated().user("alice").remote();
    /// from_header.in_scope(|| {
    ///     assert_eq!(whose::current().user_source(), Some(Source::Remote));
    ///     whose::set_user("bob"); // authenticated here
    ///     assert_eq!(whose::current().user_id(), Some("bob"));
    /// });
    /// ```
    pub fn remote(self) -> Self {
        if let Some(Frame::Isolated(isolated)) = self.frame() {
            let _ = isolated.write(|vars| {
                let written =
                    std::mem::replace(&mut vars.written, ScopeData::empty(Source::Isolation));
                vars.remote = Some(written.with_source(Source::Remote));
                // The user is from another process, so no user was given to the scope here.
                vars.given = Given::default();
                vars.identified = None;
            });
            return self;
        }
        match &self.state {
            ScopeState::Frame(_) | ScopeState::Added(_) => {
                self.update(|data| *data = data.clone().with_source(Source::Remote))
            }
            // An empty scope has no value to mark. A captured scope keeps its sources.
            ScopeState::Nothing | ScopeState::Captured(_) => self,
        }
    }

    #[track_caller]
    pub(crate) fn into_anonymous(self) -> Self {
        let caller = Location::caller();
        self.update(|data| {
            data.user = Slot::Anonymous;
            data.user_set_at = SetAt::Call(caller);
        })
    }

    /// Whether the scope has no values.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.state, ScopeState::Nothing)
    }

    fn frame(&self) -> Option<&Frame> {
        match &self.state {
            ScopeState::Frame(pending) => pending.as_frame(),
            ScopeState::Nothing | ScopeState::Captured(_) | ScopeState::Added(_) => None,
        }
    }

    #[inline]
    fn update(mut self, change: impl FnOnce(&mut ScopeData)) -> Self {
        self.state.update(change);
        self
    }

    /// Gives a scope without values its call site, before the first value.
    #[inline]
    fn made_at(self, caller: &'static Location<'static>) -> Self {
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
