//! What is current on this thread.
//!
//! A guard pushes a frame. Whatever has a beginning and an end in the structure of the program (a
//! closure, a poll, an entered span) opens a *level* instead, which remembers what was current
//! around it and puts it back at its end, whatever was left on top in between.
//!
//! A frame that a guard pushed is the thread's own, by value, until somebody wants to keep it: a
//! span, a task, a level on top of it. Only then does it become a shared node. So the usual scope
//! costs no allocation of its own, and no atomic operation.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use crate::frame::{
    nodes, serial_of, Entry, Frame, Frames, GlobalLayer, Isolated, Node, Recorded, Stack,
};
use crate::resolve;

thread_local! {
    static CURRENT: RefCell<Current> = const {
        RefCell::new(Current { shared: None, own: Vec::new(), own_from: 0, levels: Vec::new() })
    };
    static SERIAL: Cell<u64> = const { Cell::new(0) };
}

struct Current {
    /// The stack that the level's own frames stand on.
    shared: Stack,
    /// The own frames of all levels; those of the current one begin at `own_from`.
    own: Vec<Entry>,
    own_from: usize,
    levels: Vec<Level>,
}

struct Level {
    /// What is current again when the level ends: a stack, and the own frames from there on.
    outer: Stack,
    outer_from: usize,
    /// The stack that the level began with: guards opened the frames above it.
    base: u64,
    kind: LevelKind,
    /// The span that was entered, and how often it was entered again without effect.
    span: u64,
    reentered: u32,
}

impl Level {
    fn is_of_span(&self, id: u64) -> bool {
        self.kind == LevelKind::Span && self.span == id
    }
}

#[derive(Clone, Copy, PartialEq)]
enum LevelKind {
    /// A frame on top of what was current: a closure, a poll.
    Framed,
    /// A captured stack in place of what was current.
    Replaced,
    /// The same, for as long as a guard lives.
    Held,
    /// A scope around a value that is being dropped.
    Dropping,
    /// The stack of an entered span, in place of what was current.
    Span,
}

/// A number that no other stack of this process has; 0 is the empty stack.
pub(crate) fn serial() -> u64 {
    const BLOCK: u64 = 1 << 16;
    static NEXT_BLOCK: AtomicU64 = AtomicU64::new(BLOCK);
    // A thread takes numbers by the block, so that threads do not meet.
    SERIAL.with(|serial| {
        let mut next = serial.get();
        if next % BLOCK == 0 {
            next = NEXT_BLOCK.fetch_add(BLOCK, Ordering::Relaxed);
        }
        serial.set(next + 1);
        next
    })
}

/// Calls `read` with the current frames; with none while the thread is being torn down.
pub(crate) fn with_frames<R>(read: impl Fn(Frames<'_>) -> R) -> R {
    CURRENT
        .try_with(|current| read(current.borrow().frames()))
        .unwrap_or_else(|_| read(Frames::new(&[], &None)))
}

/// The current stack, to be kept.
pub(crate) fn capture() -> Stack {
    change(|current| {
        current.share();
        current.shared.clone()
    })
    .flatten()
}

/// Changes what is current; what falls off is dropped after the borrow has ended.
fn change<R>(change: impl FnOnce(&mut Current) -> R) -> Option<R> {
    CURRENT
        .try_with(|current| change(&mut current.borrow_mut()))
        .ok()
}

/// An isolated scope that is opened makes the process one that serves many.
fn opened(frame: &Frame, outside: Frames<'_>) {
    if let Frame::Isolated(_) = frame {
        GlobalLayer::of(outside, GlobalLayer::now_serves);
    }
}

/// Puts a frame on top of what is current until [`pop`] of the token.
pub(crate) fn push(frame: Frame) -> Option<u64> {
    change(|current| {
        opened(&frame, current.frames());
        let entry = Entry::new(frame);
        let token = entry.token;
        current.own.push(entry);
        token
    })
}

/// Takes the frame of `token` off, and what was left on top of it, wherever it is by now.
pub(crate) fn pop(token: u64) {
    let own = change(|current| match current.own.last() {
        Some(entry) if entry.token == token && current.own.len() > current.own_from => {
            current.own.pop()
        }
        _ => None,
    });
    if let Some(None) = own {
        drop(change(|current| current.pop_buried(token)));
    }
}

/// What has fallen off the stack, and is to be dropped. Rare, hence behind a pointer.
#[derive(Default)]
struct Fallen {
    own: Vec<Entry>,
    shared: Vec<Stack>,
    levels: Vec<Level>,
}

impl Current {
    fn frames(&self) -> Frames<'_> {
        Frames::new(&self.own[self.own_from..], &self.shared)
    }

    /// The number of what is current.
    fn serial(&self) -> u64 {
        match self.own[self.own_from..].last() {
            Some(entry) => entry.serial,
            None => serial_of(&self.shared),
        }
    }

    /// Makes the level's own frames nodes that others can hold.
    fn share(&mut self) {
        for entry in self.own.drain(self.own_from..) {
            self.shared = Some(Node::new(entry, self.shared.take()));
        }
    }

    /// A guard's frame that is shared, or was dropped out of order. What was opened on top of it in
    /// its level ends too: to keep a leaked guard's user current would be worse than to lose one
    /// early.
    fn pop_buried(&mut self, token: u64) -> Fallen {
        let mut fallen = Fallen::default();
        let mut own_end = self.own.len();
        for level in (0..=self.levels.len()).rev() {
            let base = if level == 0 {
                0
            } else {
                self.levels[level - 1].base
            };
            let (shared, from) = match self.levels.get_mut(level) {
                Some(inner) => (&mut inner.outer, inner.outer_from),
                None => (&mut self.shared, self.own_from),
            };
            let own = &self.own[from..own_end];
            let below = nodes(shared)
                .take_while(|node| node.serial() != base)
                .find(|node| node.entry.token == token)
                .map(|node| node.parent.clone());
            let cut = match (&below, own.iter().rposition(|entry| entry.token == token)) {
                (Some(_), _) => Some(from),
                (None, at) => at.map(|at| from + at),
            };
            if let Some(below) = below {
                fallen.shared.push(std::mem::replace(shared, below));
            }
            if let Some(cut) = cut {
                fallen.own.extend(self.own.drain(cut..own_end));
                let gone = own_end - cut;
                for inner in self.levels.iter_mut().skip(level + 1) {
                    inner.outer_from -= gone;
                }
                if level < self.levels.len() {
                    self.own_from -= gone;
                }
            }
            own_end = from.min(self.own.len());
            let found = fallen.own.len() + fallen.shared.len() > 0;
            if found && self.may_end(level) {
                let (stack, inside) = self.truncate(level);
                fallen.shared.push(stack);
                fallen
                    .levels
                    .extend(inside.into_iter().flat_map(|inside| inside.levels));
                return fallen;
            }
        }
        fallen
    }

    /// Whether the level at `index` was opened by a guard, and nothing inside it is a running
    /// piece of the program, which has to find its own level again.
    fn may_end(&self, index: usize) -> bool {
        let inside = self.levels.get(index..).unwrap_or_default();
        inside
            .first()
            .is_some_and(|level| level.kind == LevelKind::Held)
            && inside
                .iter()
                .all(|level| matches!(level.kind, LevelKind::Held | LevelKind::Span))
    }

    fn open(&mut self, kind: LevelKind, stack: Stack) {
        let base = serial_of(&stack);
        let outer = std::mem::replace(&mut self.shared, stack);
        let outer_from = std::mem::replace(&mut self.own_from, self.own.len());
        self.levels.push(Level {
            outer,
            outer_from,
            base,
            kind,
            span: 0,
            reentered: 0,
        });
    }

    fn open_span(&mut self, id: u64, stack: Stack) {
        self.open(LevelKind::Span, stack);
        if let Some(level) = self.levels.last_mut() {
            level.span = id;
        }
    }

    /// Takes off what stands on the stack of that number, if that is still there.
    fn cut_back(&mut self, serial: u64) -> Fallen {
        let mut fallen = Fallen::default();
        let own = &self.own[self.own_from..];
        if let Some(at) = own.iter().rposition(|entry| entry.serial == serial) {
            fallen.own.extend(self.own.drain(self.own_from + at + 1..));
            return fallen;
        }
        let below = match nodes(&self.shared).find(|node| node.serial() == serial) {
            Some(node) => Some(node.clone()),
            None if serial == 0 => None,
            None => return fallen,
        };
        fallen.own.extend(self.own.drain(self.own_from..));
        fallen
            .shared
            .push(std::mem::replace(&mut self.shared, below));
        fallen
    }

    /// What a level with `carried` begins with.
    fn place(&mut self, carried: Carried) -> Option<(LevelKind, Arc<Node>)> {
        match carried {
            Carried::Nothing => None,
            Carried::Captured(node) => Some((LevelKind::Replaced, node)),
            Carried::Frame(node) => {
                let node = if serial_of(&node.parent) == self.serial() {
                    node
                } else {
                    self.share();
                    relink(node, self.shared.clone())
                };
                opened(&node.entry.frame, self.frames());
                Some((LevelKind::Framed, node))
            }
        }
    }

    /// Ends the level at `index` with every level inside it; returns the stack that it ended with.
    fn truncate(&mut self, index: usize) -> (Stack, Option<Box<Fallen>>) {
        if index + 1 == self.levels.len() && self.own.len() == self.own_from {
            // Nothing was left open.
            let Some(level) = self.levels.pop() else {
                return (None, None);
            };
            self.own_from = level.outer_from;
            return (std::mem::replace(&mut self.shared, level.outer), None);
        }
        let mut fallen = Fallen::default();
        let mut top = self.shared.take();
        if index + 1 < self.levels.len() {
            fallen.levels = self.levels.split_off(index + 1);
            if let Some(first) = fallen.levels.first_mut() {
                // The level's own stack is what the first one left open in it would go back to.
                std::mem::swap(&mut top, &mut first.outer);
                self.own_from = first.outer_from;
            }
        }
        if self.own.len() > self.own_from {
            fallen.own.extend(self.own.drain(self.own_from..));
        }
        if let Some(level) = self.levels.pop() {
            self.shared = level.outer;
            self.own_from = level.outer_from;
        }
        (top, Some(Box::new(fallen)))
    }

    /// Ends the level at `index` alone, and leaves those that were opened inside it.
    fn remove(&mut self, index: usize) -> Fallen {
        let level = self.levels.remove(index);
        let end = self
            .levels
            .get(index + 1)
            .map_or(self.own_from, |inner| inner.outer_from);
        let (shared, from, end) = match self.levels.get_mut(index) {
            Some(inner) => (&mut inner.outer, &mut inner.outer_from, end),
            None => (&mut self.shared, &mut self.own_from, self.own.len()),
        };
        let stack = std::mem::replace(shared, level.outer);
        let start = std::mem::replace(from, level.outer_from);
        let gone = end - start;
        for inner in self.levels.iter_mut().skip(index + 1) {
            inner.outer_from -= gone;
        }
        if index < self.levels.len() {
            self.own_from -= gone;
        }
        Fallen {
            own: self.own.drain(start..end).collect(),
            shared: vec![stack],
            levels: Vec::new(),
        }
    }
}

/// The node on another stack; its frame is cloned only where somebody else holds it too.
fn relink(mut node: Arc<Node>, parent: Stack) -> Arc<Node> {
    let Some(own) = Arc::get_mut(&mut node) else {
        return Node::new(Entry::new(node.entry.frame.clone()), parent);
    };
    own.depth = parent
        .as_ref()
        .map_or(1, |parent| parent.depth.saturating_add(1));
    own.entry.serial = serial();
    own.entry.token = own.entry.serial;
    own.parent = parent;
    node
}

/// What a closure or a future makes current for as long as it runs.
#[derive(Clone, Debug)]
pub(crate) enum Carried {
    Nothing,
    /// A frame on top of what is current.
    Frame(Arc<Node>),
    /// A captured stack in place of what is current.
    Captured(Arc<Node>),
}

/// Makes `carried` current until the value is dropped, which hands it back.
pub(crate) struct Entered<'a> {
    carried: &'a mut Carried,
    opened: Option<Opened>,
    /// What leaks inside a scope that says nothing ends there too.
    _inside: Option<Inside>,
}

#[derive(Clone, Copy)]
pub(crate) struct Opened {
    base: u64,
    kind: LevelKind,
}

impl<'a> Entered<'a> {
    pub(crate) fn new(carried: &'a mut Carried) -> Self {
        let opened = open(carried);
        let inside = if opened.is_none() {
            Inside::begin()
        } else {
            None
        };
        Self {
            carried,
            opened,
            _inside: inside,
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(opened) = self.opened {
            close(opened, self.carried);
        }
    }
}

/// Moves `carried` to the top; nothing is cloned where the stack around it is the one of last time.
pub(crate) fn open(carried: &mut Carried) -> Option<Opened> {
    if matches!(carried, Carried::Nothing) {
        return None;
    }
    change(|current| {
        let (kind, node) = current.place(std::mem::replace(carried, Carried::Nothing))?;
        let base = node.serial();
        current.open(kind, Some(node));
        Some(Opened { base, kind })
    })
    .flatten()
}

/// Makes a captured stack current for as long as a guard lives.
pub(crate) fn hold(node: Arc<Node>) -> Option<Opened> {
    change(|current| {
        let opened = Opened {
            base: node.serial(),
            kind: LevelKind::Held,
        };
        current.open(opened.kind, Some(node));
        opened
    })
}

/// As [`open`], until [`close_after_drop`]: the two ends of a drop cannot hand anything over.
pub(crate) fn open_for_drop(carried: &mut Carried) {
    change(|current| {
        let stack = match current.place(std::mem::replace(carried, Carried::Nothing)) {
            Some((_, node)) => Some(node),
            None => {
                current.share();
                current.shared.clone()
            }
        };
        current.open(LevelKind::Dropping, stack);
    });
}

/// Ends the innermost level of [`open_for_drop`].
pub(crate) fn close_after_drop() {
    drop(change(|current| {
        let index = current
            .levels
            .iter()
            .rposition(|level| level.kind == LevelKind::Dropping)?;
        Some(current.truncate(index))
    }));
}

/// Ends the level, with every level that was left open inside it, and hands its scope back.
pub(crate) fn close(opened: Opened, carried: &mut Carried) {
    let ended = change(|current| {
        let is_it = |level: &Level| level.base == opened.base && level.kind == opened.kind;
        let index = current.levels.iter().rposition(is_it)?;
        Some(current.truncate(index))
    });
    let node = match ended.flatten() {
        Some((Some(node), _)) if node.serial() == opened.base => Some(node),
        Some((top, _)) => nodes(&top)
            .find(|node| node.serial() == opened.base)
            .cloned(),
        None => None,
    };
    if let Some(node) = node {
        *carried = match opened.kind {
            LevelKind::Framed => Carried::Frame(node),
            _ => Carried::Captured(node),
        };
    }
}

/// A piece of the program at whose end everything ends that was left open inside it.
pub(crate) struct Inside {
    levels: usize,
    serial: u64,
}

impl Inside {
    /// `None` while the thread is being torn down.
    pub(crate) fn begin() -> Option<Self> {
        let begin = |current: &RefCell<Current>| {
            let current = current.borrow();
            Self {
                levels: current.levels.len(),
                serial: current.serial(),
            }
        };
        CURRENT.try_with(begin).ok()
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        drop(change(|current| {
            if current.levels.len() == self.levels && current.serial() == self.serial {
                return None;
            }
            let levels =
                (current.levels.len() > self.levels).then(|| current.truncate(self.levels));
            Some((levels, current.cut_back(self.serial)))
        }));
    }
}

/// Enters the stack of a span: replaces what is current whole, unless it is there already, or
/// names nobody.
///
/// What may yet be recorded on the span goes on top in any case, since from then on it counts.
pub(crate) fn enter_span(id: u64, stack: &Stack, carries: bool) {
    change(|current| match current.entry_of(stack, carries) {
        Some(entry) => current.open_span(id, entry),
        None => {
            // Each exit undoes its own entry: this one has nothing to undo.
            let own = current
                .levels
                .iter_mut()
                .rev()
                .find(|level| level.is_of_span(id));
            if let Some(level) = own {
                level.reentered += 1;
            }
        }
    });
}

impl Current {
    /// Whether a frame of a span's stack is on the current one. The frame of a span itself goes
    /// onto several stacks, and is told by what it holds.
    fn holds(&self, node: &Node) -> bool {
        match node.entry.frame.as_recorded() {
            Some(recorded) => self
                .frames()
                .filter_map(Frame::as_recorded)
                .any(|other| Arc::ptr_eq(other, recorded)),
            None => self
                .frames()
                .entries()
                .any(|entry| entry.serial == node.serial()),
        }
    }

    /// What entering a span's stack makes current, if that changes anything.
    fn entry_of(&mut self, stack: &Stack, carries: bool) -> Option<Stack> {
        let Some((own, recorded)) = recorded_of(stack) else {
            let is_current = stack.as_ref().is_some_and(|top| self.holds(top));
            return (carries && !is_current).then(|| stack.clone());
        };
        if self.holds(own) {
            return None;
        }
        // What is recorded late does not tell where the span belongs: a future enters its span at
        // every poll, and belongs after the record where it belonged before.
        let scope = nodes(stack).find(|node| !node.entry.frame.is_late());
        let replacement = match scope {
            Some(scope) if resolve::carries(Frames::from(&**scope)) => {
                (!self.holds(scope)).then(|| stack.clone())
            }
            _ if carries => match recorded.entered_on() {
                Some(around) if self.holds(&around) => None,
                Some(around) => Some(Some(own.onto(Some(around)))),
                None => Some(stack.clone()),
            },
            _ => {
                self.share();
                // The hook of a test is no place where a span could belong.
                let is_place = self
                    .frames()
                    .any(|frame| !matches!(frame, Frame::Global(_)));
                drop(recorded.set_entered_on(self.shared.clone().filter(|_| is_place)));
                None
            }
        };
        replacement.or_else(|| Some(self.with_recorded_of(stack)))
    }

    /// What is current, with the frames of a span's stack on top on which something is, or may yet
    /// be, recorded.
    fn with_recorded_of(&mut self, stack: &Stack) -> Stack {
        self.share();
        let missing: Vec<_> = nodes(stack)
            .filter(|node| node.entry.frame.as_recorded().is_some() && !self.holds(node))
            .collect();
        let on_top = |stack, node: &Arc<Node>| Some(node.onto(stack));
        missing.into_iter().rev().fold(self.shared.clone(), on_top)
    }
}

/// The innermost frame of a stack that belongs to a span.
fn recorded_of(stack: &Stack) -> Option<(&Arc<Node>, &Arc<Recorded>)> {
    nodes(stack).find_map(|node| Some((node, node.entry.frame.as_recorded()?)))
}

/// Exits a span: undoes its own entry, if that changed anything, and no other's.
pub(crate) fn exit_span(id: u64) {
    drop(change(|current| {
        let index = current
            .levels
            .iter()
            .rposition(|level| level.is_of_span(id))?;
        match &mut current.levels[index].reentered {
            0 => Some(current.remove(index)),
            reentered => {
                *reentered -= 1;
                None
            }
        }
    }));
}

/// The isolated scope that a write here goes to: the nearest on the stack; inside a span whose
/// stack holds none, the one around the entry.
pub(crate) fn nearest_isolated() -> Option<Arc<Isolated>> {
    let nearest = |mut frames: Frames<'_>| {
        frames.find_map(|frame| match frame {
            Frame::Isolated(isolated) => Some(isolated.clone()),
            _ => None,
        })
    };
    change(|current| {
        if let Some(isolated) = nearest(current.frames()) {
            return Some(isolated);
        }
        let mut end = current.own_from;
        let around = current
            .levels
            .iter()
            .rev()
            .take_while(|level| !matches!(level.kind, LevelKind::Replaced | LevelKind::Held));
        around.into_iter().find_map(|level| {
            let own = &current.own[level.outer_from..end];
            end = level.outer_from;
            nearest(Frames::new(own, &level.outer))
        })
    })
    .flatten()
}
