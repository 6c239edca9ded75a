//! Frames: what is said at one place of the stack.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::identity::{SessionId, User};
use crate::source::Source;
use crate::stack::{self, serial};
use crate::tags::Tags;
use crate::testing::Tap;

/// A stack of frames, innermost first; immutable but for what its mutable frames hold.
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
    // A summed-up frame holds a user and a session of different origins.
    pub(crate) user_source: Source,
    pub(crate) session_source: Source,
}

impl Says {
    pub(crate) fn nothing(source: Source) -> Self {
        Self {
            user: Slot::Unset,
            session: None,
            tags: Tags::default(),
            user_source: source,
            session_source: source,
        }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.user.is_unset() && self.session.is_none() && self.tags.is_empty()
    }

    pub(crate) fn from_source(self, source: Source) -> Self {
        Self { user_source: source, session_source: source, ..self }
    }
}

/// One frame on a stack, linked to the frames outside it.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) parent: Stack,
    pub(crate) frame: Frame,
    /// Tells this stack from every other in the process; an address would come again.
    pub(crate) serial: u64,
    /// Tells which guard opened the frame, also after the stack under it was rebuilt.
    pub(crate) token: u64,
    pub(crate) depth: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Frame {
    /// Nothing: a spent node that waits to be filled again.
    Spent,
    Fixed(Says),
    Isolated(Arc<Isolated>),
    /// Stands in for the process's own global layer, in tests.
    Global(Arc<GlobalLayer>),
}

impl Node {
    pub(crate) fn new(frame: Frame, parent: Stack) -> Self {
        let serial = serial();
        let depth = parent.as_ref().map_or(1, |parent| parent.depth.saturating_add(1));
        Self { parent, frame, serial, token: serial, depth }
    }

    /// A node on no stack yet, made of a spent one where this thread has one.
    pub(crate) fn detached(frame: Frame) -> Arc<Self> {
        let Some(mut spent) = stack::spent() else { return Self::new(frame, None).into() };
        match Arc::get_mut(&mut spent) {
            Some(node) => {
                node.frame = frame;
                node.serial = serial();
                node.token = node.serial;
                node.depth = 1;
                spent
            }
            None => Self::new(frame, None).into(),
        }
    }

    /// The same frame on another stack.
    pub(crate) fn onto(&self, parent: Stack) -> Arc<Self> {
        let mut node = Self::new(self.frame.clone(), parent);
        node.token = self.token;
        node.into()
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
    stack.as_ref().map_or(0, |node| node.serial)
}

/// The frames of a stack, innermost first.
pub(crate) fn frames(stack: &Stack) -> impl Iterator<Item = &Arc<Node>> {
    std::iter::successors(stack.as_ref(), |node| node.parent.as_ref())
}

/// The mutable frame of one request, message or job.
#[derive(Debug)]
pub(crate) struct Isolated {
    vars: RwLock<Vars>,
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
        let vars = Vars { written: Says::nothing(Source::Isolation), remote: None };
        Self { vars: RwLock::new(vars), tap }
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
    /// Whether an isolated scope was ever opened: from then on, the process serves many.
    serving: AtomicBool,
}

static PROCESS: GlobalLayer = GlobalLayer::new();
/// How many layers stand in for the process's own: with none, nobody has to look for one.
static STAND_INS: AtomicUsize = AtomicUsize::new(0);

impl GlobalLayer {
    const fn new() -> Self {
        Self { says: RwLock::new(None), serving: AtomicBool::new(false) }
    }

    pub(crate) fn stand_in() -> Arc<Self> {
        STAND_INS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self::new())
    }

    /// Calls `f` with the global layer that holds for `stack`.
    pub(crate) fn of<R>(stack: &Stack, f: impl FnOnce(&Self) -> R) -> R {
        if STAND_INS.load(Ordering::Relaxed) > 0 {
            for node in frames(stack) {
                if let Frame::Global(layer) = &node.frame {
                    return f(layer);
                }
            }
        }
        f(&PROCESS)
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&Says) -> R) -> Option<R> {
        self.says.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(read)
    }

    pub(crate) fn write(&self, change: impl FnOnce(&mut Says)) {
        let mut says = self.says.write().unwrap_or_else(PoisonError::into_inner);
        change(says.get_or_insert_with(|| Says::nothing(Source::Global)));
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
