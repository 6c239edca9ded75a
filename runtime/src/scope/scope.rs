//! Scopes as values, and the guards that make them current.

use std::fmt;
use std::marker::PhantomData;
use std::mem::forget;
use std::panic::Location;

use serde::Serialize;

use crate::diagnostics::truncation::attribute;
use crate::frame::{Frame, Given, Isolated, IsolatedFrame, RecordObserver, ScopeData, Slot};
use crate::model::{AsId, AsText, AsUser, SessionId, Source, Tags, User};
use crate::stack::{self, Node, PendingEntry, ScopeSlot, Stack};
use crate::{resolve, user_code};

/// A user, a session, tags and data to put around a closure, a future or the rest of a block.
///
/// A scope is a value: it does nothing until it is entered. It is cheap to clone, and clones of an
/// isolated scope share what is written into it.
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
/// // the rest of a block (of a thread: in async code, use one of the two above)
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
    held: ScopeState,
}

/// A pointer at most in each case, so that what a scope is built from is handed on in registers.
#[derive(Clone)]
enum ScopeState {
    Nothing,
    /// A frame to put on top of what is current.
    Frame(PendingEntry),
    /// A stack to put in place of what is current; `None` is the empty one.
    Captured(Stack),
    /// As that, with what was said on top of it since.
    Added(Box<(Stack, Box<ScopeData>)>),
}

/// A scope that says nothing yet but for `user`; see [`Scope::user`].
#[inline]
#[track_caller]
pub fn user(user: impl AsUser) -> Scope {
    Scope::of_user(&user)
}

/// A scope that says nothing yet but for the session; see [`Scope::session`].
#[track_caller]
pub fn session(session: impl AsId) -> Scope {
    Scope::new().session(session)
}

/// A scope in which there is no user, whoever is outside; see [`Scope::anonymous`].
pub fn anonymous() -> Scope {
    Scope::anonymous()
}

/// A scope that says nothing yet but for one tag; see [`Scope::tag`].
#[track_caller]
pub fn tag(key: impl AsRef<str>, value: impl AsText) -> Scope {
    Scope::new().tag(key, value)
}

impl Scope {
    /// A fixed scope that says nothing; entering it changes nothing.
    pub const fn new() -> Self {
        Self {
            held: ScopeState::Nothing,
        }
    }

    /// The mutable scope of one request, message or job: what [`set_user`](crate::set_user) and
    /// its like write inside it stays inside it.
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

    /// A scope in which there is no user, whoever is outside; a session outside it goes on.
    pub fn anonymous() -> Self {
        Self::new().into_anonymous()
    }

    /// The scope that is current here, to hand to a thread, a pool, a channel or an actor.
    ///
    /// Entering the scope replaces what is current there as a whole. Where nothing is current here,
    /// nothing is current inside the scope either: a job that a thread pool runs in the middle of
    /// another one belongs to its submitter, and never to its host.
    ///
    /// ```
    /// use whose::Scope;
    ///
    /// let nobodys = Scope::current();
    /// whose::user("alice").in_scope(|| {
    ///     nobodys.in_scope(|| assert_eq!(whose::current().user_id(), None));
    /// });
    /// ```
    pub fn current() -> Self {
        let mut captured = stack::capture();
        resolve::limit_depth(&mut captured);
        Self {
            held: ScopeState::Captured(captured.into_stack()),
        }
    }

    /// A scope in which nothing is current, whatever is outside.
    ///
    /// Use it for a worker that serves many requests and is started inside one of them, such as a
    /// connection pool's or a batcher's: what the worker does is not that request's.
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
            held: ScopeState::Captured(None),
        }
    }

    /// What most scopes are: a user, and nothing else that is said.
    #[inline]
    #[track_caller]
    fn of_user(user: &impl AsUser) -> Self {
        let held = match attribute(|| PendingEntry::user(|place| user.put_user(place))) {
            Some(ready) => ScopeState::Frame(ready),
            None => ScopeState::Nothing,
        };
        Self { held }
    }

    pub(crate) fn of(frame: Frame) -> Self {
        Self {
            held: ScopeState::Frame(PendingEntry::frame(frame)),
        }
    }

    /// Sets the user; `None` sets nothing.
    #[inline]
    #[track_caller]
    pub fn user(self, user: impl AsUser) -> Self {
        if let ScopeState::Nothing = self.held {
            // To drop nothing would be a call.
            forget(self);
            return Self::of_user(&user);
        }
        match attribute(|| user.as_user()) {
            Some(user) => self.say(|says| says.user = Slot::Set(user)),
            None => self,
        }
    }

    /// Sets the session; `None` sets nothing.
    #[track_caller]
    pub fn session(self, session: impl AsId) -> Self {
        match attribute(|| SessionId::of(&session)) {
            Some(session) => self.say(|says| says.session = Some(session)),
            None => self,
        }
    }

    /// Adds a tag; `None` says nothing, and an invalid key is dropped and counted.
    #[track_caller]
    pub fn tag(self, key: impl AsRef<str>, value: impl AsText) -> Self {
        attribute(|| {
            // Asked for first: this is code of the user's.
            match (key.as_ref(), value.as_text()) {
                (key, Some(value)) if Tags::takes(key) => {
                    self.say(|says| says.tags.put(key, &value))
                }
                _ => self,
            }
        })
    }

    /// Adds several tags.
    #[track_caller]
    pub fn tags<K: AsRef<str>, V: AsText>(self, tags: impl IntoIterator<Item = (K, V)>) -> Self {
        attribute(|| self.add_tags(Tags::collect(tags)))
    }

    /// Adds an extra value, as it is now; one that cannot be serialised is left out and counted.
    #[track_caller]
    pub fn extra(self, key: impl AsRef<str>, value: impl Serialize) -> Self {
        attribute(|| match user_code::to_bounded_json(&value) {
            Some(value) => self.say(|says| {
                let data = says.data.get_or_insert_default();
                data.set_extra(key.as_ref(), Some(value));
            }),
            None => self,
        })
    }

    /// Adds a context, as it is now: a map of values under a name.
    #[track_caller]
    pub fn context(self, name: impl AsRef<str>, value: impl Serialize) -> Self {
        attribute(|| match user_code::to_context(&value) {
            Some(value) => self.say(|says| {
                let data = says.data.get_or_insert_default();
                data.set_context(name.as_ref(), Some(value));
            }),
            None => self,
        })
    }

    fn add_tags(self, tags: Tags) -> Self {
        if tags.is_empty() {
            return self;
        }
        self.say(|says| says.tags.extend(tags))
    }

    /// Marks what the scope says as told by another process, which the application trusts.
    ///
    /// It then counts ([`Source::Remote`]) only as long as nobody is named outside the scope, or
    /// written into it: an identity from outside never overrides an authenticated one. Set the
    /// user and the session first.
    pub fn remote(self) -> Self {
        if let Some(Frame::Isolated(isolated)) = self.frame() {
            let _ = isolated.write(|vars| {
                let written =
                    std::mem::replace(&mut vars.written, ScopeData::nothing(Source::Isolation));
                vars.remote = Some(written.with_source(Source::Remote));
                // Another process has named this user; nobody was given to the scope here.
                vars.given = Given::default();
                vars.identified = None;
            });
            return self;
        }
        match &self.held {
            ScopeState::Frame(_) | ScopeState::Added(_) => {
                self.say(|says| *says = says.clone().with_source(Source::Remote))
            }
            // Nothing was said yet; what was captured keeps where it came from.
            ScopeState::Nothing | ScopeState::Captured(_) => self,
        }
    }

    /// Whether it says nothing.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.held, ScopeState::Nothing)
    }

    fn frame(&self) -> Option<&Frame> {
        match &self.held {
            ScopeState::Frame(ready) => ready.as_frame(),
            ScopeState::Nothing | ScopeState::Captured(_) | ScopeState::Added(_) => None,
        }
    }

    pub(crate) fn into_anonymous(self) -> Self {
        self.say(|says| says.user = Slot::Anonymous)
    }

    #[inline]
    fn say(mut self, say: impl FnOnce(&mut ScopeData)) -> Self {
        match &mut self.held {
            ScopeState::Frame(ready) => {
                if let Some(frame) = ready.as_frame_mut() {
                    frame.update(say);
                }
            }
            ScopeState::Added(added) => say(&mut added.1),
            ScopeState::Captured(stack) => {
                let added = (stack.take(), says(say));
                self.held = ScopeState::Added(Box::new(added));
            }
            ScopeState::Nothing => {
                self.held = ScopeState::Frame(PendingEntry::frame(Frame::Fixed(says(say))))
            }
        }
        self
    }

    /// What a fixed scope says of the user and of the session.
    pub(crate) fn named(&self) -> Option<(Slot<&User>, Option<&SessionId>)> {
        self.frame()?.named()
    }

    /// Makes the scope current on this thread until the guard is dropped.
    ///
    /// For a block of synchronous code. In async code the task may go on elsewhere while the guard
    /// stays here: use [`ScopeExt::with_scope`](crate::ScopeExt::with_scope) or an attribute.
    #[inline]
    #[track_caller]
    pub fn enter(self) -> Guard {
        self.enter_at(Some(Location::caller()))
    }

    /// As [`enter`](Self::enter); no warning names a guard whose place is not known.
    #[inline]
    pub(crate) fn enter_at(self, entered_at: Option<&'static Location<'static>>) -> Guard {
        let ready = self.held.into_ready();
        let entered = ready.map_or(0, |ready| stack::push(ready, entered_at));
        Guard {
            entered,
            not_send: PhantomData,
        }
    }

    /// Makes the scope current while the closure runs.
    #[inline]
    pub fn in_scope<R>(self, f: impl FnOnce() -> R) -> R {
        stack::run(self.held.into_closed(), f)
    }

    /// The scope as a future keeps it, behind one pointer.
    #[inline]
    pub(crate) fn into_carried(self) -> ScopeSlot {
        ScopeSlot::from(self.held.into_closed())
    }
}

impl ScopeState {
    #[inline]
    fn into_ready(self) -> Option<PendingEntry> {
        match self {
            Self::Nothing => None,
            Self::Frame(ready) => Some(ready),
            Self::Captured(node) => Some(PendingEntry::replacement(node)),
            Self::Added(added) => Some(added_to(*added)),
        }
    }

    /// For what has an end: what is left open inside ends there, also where nothing is said.
    #[inline]
    fn into_closed(self) -> PendingEntry {
        self.into_ready().unwrap_or_else(PendingEntry::nothing)
    }
}

/// What a scope says that said nothing before.
fn says(say: impl FnOnce(&mut ScopeData)) -> Box<ScopeData> {
    let mut says = Box::new(ScopeData::nothing(Source::Scope));
    say(&mut says);
    says
}

/// A captured stack with what was said on top of it since; apart from what most scopes are.
#[inline(never)]
fn added_to((stack, says): (Stack, Box<ScopeData>)) -> PendingEntry {
    PendingEntry::replacement(Some(Node::new(Frame::Fixed(says), stack)))
}

impl Default for Scope {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows what sort of scope it is, and nothing of whom it names.
impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match (&self.held, self.frame()) {
            (ScopeState::Nothing, _) => "empty",
            (ScopeState::Captured(None), _) => "detached",
            (ScopeState::Captured(_) | ScopeState::Added(_), _) | (ScopeState::Frame(_), None) => {
                "captured"
            }
            (_, Some(Frame::User(_) | Frame::Fixed(_))) => "fixed",
            (_, Some(Frame::Isolated(_))) => "isolated",
            (_, Some(Frame::Global(_))) => "global",
            (_, Some(Frame::Recorded(_))) => "recorded",
        };
        f.debug_tuple("Scope")
            .field(&format_args!("{kind}"))
            .finish()
    }
}

/// Keeps a scope current until it is dropped; made by [`Scope::enter`].
///
/// Use a guard for a block of synchronous code, and bind it to a name: `let _ = scope.enter()` drops
/// it at once.
///
/// A guard belongs to the thread, and with the feature `tokio` to the task that entered it: no other
/// task that the thread polls sees the scope. It is not `Send`, so a future that holds one across an
/// `.await` is not `Send` either. In async code use `#[whose::with_user]` or `.with_scope(..)`: a
/// guard that is held across an `.await` is counted ([`Stats::guards_across_await`](crate::Stats))
/// and warned about once, and inside a future that has a scope it ends at the `.await`. Clippy finds
/// the mistake with this line in `clippy.toml`:
///
/// ```toml
/// await-holding-invalid-types = ["whose::Guard"]
/// ```
#[must_use = "the scope ends when the guard is dropped: bind it to a name, such as `let _scope = ..`"]
pub struct Guard {
    /// The number of what it opened; 0 for nothing.
    entered: u64,
    not_send: PhantomData<*const ()>,
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        if self.entered != 0 {
            stack::pop(self.entered);
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

impl Tags {
    pub(crate) fn collect<K: AsRef<str>, V: AsText>(
        tags: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut collected = Self::default();
        for (key, value) in tags {
            if let Some(value) = value.as_text() {
                collected.set(key.as_ref(), &value);
            }
        }
        collected
    }
}
