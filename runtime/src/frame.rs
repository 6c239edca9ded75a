//! Frames: what is said at one place of the stack.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::breadcrumb::Trail;
use crate::data::{self, Data};
use crate::identity::{SessionId, User};
use crate::source::Source;
use crate::stack::serial;
use crate::tags::Tags;
use crate::testing::Tap;

/// A stack of shared frames, innermost first; immutable but for what its mutable frames hold.
pub(crate) type Stack = Option<Arc<Node>>;

/// What a frame says of the user.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Slot<T> {
    #[default]
    Unset,
    Masked,
    Set(T),
}

impl<T> Slot<T> {
    pub(crate) fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }
}

/// Everything that one frame, or one record, says.
#[derive(Clone, Debug)]
pub(crate) struct Says {
    pub(crate) user: Slot<User>,
    pub(crate) session: Option<SessionId>,
    pub(crate) tags: Tags,
    /// Extra and contexts: few frames have any.
    pub(crate) data: Option<Box<Data>>,
    // A summed-up frame holds a user and a session of different origins.
    pub(crate) user_source: Source,
    pub(crate) session_source: Source,
}

impl Says {
    #[inline]
    pub(crate) fn nothing(source: Source) -> Self {
        Self {
            user: Slot::Unset,
            session: None,
            tags: Tags::default(),
            data: None,
            user_source: source,
            session_source: source,
        }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.user.is_unset()
            && self.session.is_none()
            && self.tags.is_empty()
            && self.data.as_ref().is_none_or(|data| data.is_empty())
    }

    /// What is said now, over what was said before at the same place.
    pub(crate) fn over(mut self, before: Option<Self>) -> Self {
        let Some(before) = before else { return self };
        self.user = match (self.user, before.user) {
            (Slot::Unset, before) => before,
            (Slot::Set(user), Slot::Set(covered)) if user.adds_to(&covered) => {
                Slot::Set(user.over(&covered))
            }
            (user, _) => user,
        };
        self.session = self.session.or(before.session);
        self.tags.fill_from(&before.tags);
        data::fill(&mut self.data, before.data.as_deref());
        self
    }

    pub(crate) fn with_source(self, source: Source) -> Self {
        Self {
            user_source: source,
            session_source: source,
            ..self
        }
    }
}

/// One frame on a stack that several can hold, linked to the frames outside it.
pub(crate) struct Node {
    pub(crate) parent: Stack,
    pub(crate) entry: Entry,
    pub(crate) depth: u32,
}

/// A frame, with the numbers that it is known by.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) frame: Frame,
    /// Tells this stack from every other in the process; an address would come again.
    pub(crate) serial: u64,
    /// Tells which guard opened the frame, also after the stack under it was rebuilt.
    pub(crate) token: u64,
}

#[derive(Clone, Debug)]
pub(crate) enum Frame {
    Fixed(Says),
    /// What is said on a span, when it is created or later.
    Recorded(Arc<Recorded>),
    Isolated(Arc<Isolated>),
    /// Stands in for the process's own global layer, in tests.
    Global(Arc<GlobalLayer>),
}

impl Entry {
    #[inline]
    pub(crate) fn new(frame: Frame) -> Self {
        let serial = serial();
        Self {
            frame,
            serial,
            token: serial,
        }
    }
}

impl Node {
    pub(crate) fn new(entry: Entry, parent: Stack) -> Arc<Self> {
        let depth = parent
            .as_ref()
            .map_or(1, |parent| parent.depth.saturating_add(1));
        Arc::new(Self {
            parent,
            entry,
            depth,
        })
    }

    /// The same frame on another stack.
    pub(crate) fn onto(&self, parent: Stack) -> Arc<Self> {
        Self::new(
            Entry {
                token: self.entry.token,
                ..Entry::new(self.entry.frame.clone())
            },
            parent,
        )
    }

    pub(crate) fn serial(&self) -> u64 {
        self.entry.serial
    }
}

/// Shows nothing of whom it names, and nothing of what is outside it.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

/// Long chains are taken apart one by one, since recursion would overflow the thread's stack.
impl Drop for Node {
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut node) = next.and_then(Arc::into_inner) {
            next = node.parent.take();
        }
    }
}

/// The number of the stack; the empty one is 0.
pub(crate) fn serial_of(stack: &Stack) -> u64 {
    stack.as_ref().map_or(0, |node| node.serial())
}

/// The nodes of a stack, innermost first.
pub(crate) fn nodes(stack: &Stack) -> impl Iterator<Item = &Arc<Node>> {
    std::iter::successors(stack.as_ref(), |node| node.parent.as_ref())
}

/// The frames of a place, innermost first: those that are its own yet, then those of the stack that
/// they stand on.
#[derive(Clone)]
pub(crate) struct Frames<'a> {
    own: &'a [Entry],
    shared: Option<&'a Node>,
}

impl<'a> Frames<'a> {
    pub(crate) fn new(own: &'a [Entry], shared: &'a Stack) -> Self {
        Self {
            own,
            shared: shared.as_deref(),
        }
    }

    /// The next frame outwards, with its number.
    pub(crate) fn entries(mut self) -> impl Iterator<Item = &'a Entry> {
        std::iter::from_fn(move || self.next_entry())
    }

    fn next_entry(&mut self) -> Option<&'a Entry> {
        if let Some((entry, outer)) = self.own.split_last() {
            self.own = outer;
            return Some(entry);
        }
        let node = self.shared?;
        self.shared = node.parent.as_deref();
        Some(&node.entry)
    }
}

/// The frames from that node outwards.
impl<'a> From<&'a Node> for Frames<'a> {
    fn from(node: &'a Node) -> Self {
        Self {
            own: &[],
            shared: Some(node),
        }
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = &'a Frame;

    fn next(&mut self) -> Option<&'a Frame> {
        self.next_entry().map(|entry| &entry.frame)
    }
}

/// The frames of a stack that is nowhere current.
pub(crate) fn frames(stack: &Stack) -> Frames<'_> {
    Frames::new(&[], stack)
}

/// The frame of a span that has fields for an identity: they may be recorded late, and hold from
/// then on for everything that is inside the span, on whichever thread.
#[derive(Debug)]
pub(crate) struct Recorded {
    says: RwLock<Says>,
    /// Whether nothing was said when the span was created.
    is_late: bool,
    /// Whether nobody was named when the span was created; tags name nobody.
    names_late: bool,
    /// The number of what was current where the span was last entered before it was identified.
    entered_on: AtomicU64,
}

impl Recorded {
    pub(crate) fn new(says: Says) -> Self {
        let is_late = says.is_nothing();
        let names_late = says.user.is_unset() && says.session.is_none();
        Self {
            says: RwLock::new(says),
            is_late,
            names_late,
            entered_on: AtomicU64::new(NEVER),
        }
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&Says) -> R) -> R {
        read(&self.says.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, says: Says) {
        *self.says.write().unwrap_or_else(PoisonError::into_inner) = says;
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

impl Frame {
    pub(crate) fn as_recorded(&self) -> Option<&Arc<Recorded>> {
        match self {
            Self::Recorded(recorded) => Some(recorded),
            _ => None,
        }
    }

    /// Whether this is what was, or may be, recorded on a span after its creation.
    pub(crate) fn is_late(&self) -> bool {
        self.as_recorded().is_some_and(|recorded| recorded.is_late)
    }
}

/// The mutable frame of one request, message or job.
#[derive(Debug)]
pub(crate) struct Isolated {
    vars: RwLock<Vars>,
    pub(crate) trail: Trail,
    pub(crate) tap: Option<Arc<Tap>>,
}

/// What is held by an isolated frame: what was written here, and who was named from outside.
#[derive(Clone, Debug)]
pub(crate) struct Vars {
    pub(crate) written: Says,
    pub(crate) remote: Option<Says>,
}

impl Isolated {
    pub(crate) fn new(tap: Option<Arc<Tap>>) -> Self {
        let vars = Vars {
            written: Says::nothing(Source::Isolation),
            remote: None,
        };
        Self {
            vars: RwLock::new(vars),
            trail: Trail::new(),
            tap,
        }
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&Vars) -> R) -> R {
        read(&self.vars.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what is held; no code of the user's runs under the lock.
    pub(crate) fn write(&self, change: impl FnOnce(&mut Vars)) {
        change(&mut self.vars.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The layer of the whole process.
#[derive(Debug)]
pub(crate) struct GlobalLayer {
    says: RwLock<Option<Says>>,
    pub(crate) trail: Trail,
    /// Whether anything was ever written: mostly nothing is, and then no reader takes the lock.
    written: AtomicBool,
    /// Whether an isolated scope was ever opened: from then on, the process serves many.
    serving: AtomicBool,
}

static PROCESS: GlobalLayer = GlobalLayer::new();
/// How many layers stand in for the process's own: with none, nobody has to look for one.
static STAND_INS: AtomicUsize = AtomicUsize::new(0);

impl GlobalLayer {
    const fn new() -> Self {
        Self {
            says: RwLock::new(None),
            trail: Trail::new(),
            written: AtomicBool::new(false),
            serving: AtomicBool::new(false),
        }
    }

    pub(crate) fn stand_in() -> Arc<Self> {
        STAND_INS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self::new())
    }

    /// Calls `f` with the global layer that holds for a place.
    pub(crate) fn of<R>(mut frames: Frames<'_>, f: impl FnOnce(&Self) -> R) -> R {
        let stand_in = || {
            frames.find_map(|frame| match frame {
                Frame::Global(layer) => Some(layer),
                _ => None,
            })
        };
        let layer = (STAND_INS.load(Ordering::Relaxed) > 0)
            .then(stand_in)
            .flatten();
        f(layer.map_or(&PROCESS, |layer| layer))
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&Says) -> R) -> Option<R> {
        if !self.written.load(Ordering::Acquire) {
            return None;
        }
        self.says
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(read)
    }

    pub(crate) fn write(&self, change: impl FnOnce(&mut Says)) {
        let mut says = self.says.write().unwrap_or_else(PoisonError::into_inner);
        change(says.get_or_insert_with(|| Says::nothing(Source::Global)));
        self.written.store(true, Ordering::Release);
    }

    pub(crate) fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Relaxed)
    }

    pub(crate) fn now_serves(&self) {
        // Checked first: a store by every request would fight over the cache line.
        if !self.is_serving() {
            self.serving.store(true, Ordering::Relaxed);
        }
    }
}
