//! Levels: what has a beginning and an end in the structure of the program.

use std::cell::RefCell;
use std::sync::Arc;

use super::{change, opened, serial, Current, Fallen, CURRENT};
use crate::frame::{nodes, serial_of, Entry, Frame, Node, Stack};

pub(super) struct Level {
    /// What is current again when the level ends: a stack, and the own frames from there on.
    pub(super) outer: Stack,
    pub(super) outer_from: usize,
    /// The stack that the level began with: guards opened the frames above it.
    pub(super) base: u64,
    /// Tells this level from every other of the thread, also from one with the same base.
    id: u64,
    pub(super) kind: LevelKind,
    /// The span that was entered, and how often it was entered again without effect.
    span: u64,
    pub(super) reentered: u32,
}

impl Level {
    pub(super) fn is_of_span(&self, id: u64) -> bool {
        self.kind == LevelKind::Span && self.span == id
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum LevelKind {
    /// A frame on top of what was current: a closure, a poll.
    Framed,
    /// A captured stack in place of what was current.
    Replaced,
    /// The same, for as long as a guard lives.
    Held,
    /// A scope around a value that is being dropped.
    Dropping,
    /// The same, with a captured stack.
    DroppingReplaced,
    /// The stack of an entered span, in place of what was current.
    Span,
}

impl Current {
    /// Whether the level at `index` was opened by a guard, and nothing inside it is a running
    /// piece of the program, which has to find its own level again.
    pub(super) fn may_end(&self, index: usize) -> bool {
        let inside = self.levels.get(index..).unwrap_or_default();
        inside
            .first()
            .is_some_and(|level| level.kind == LevelKind::Held)
            && inside
                .iter()
                .all(|level| matches!(level.kind, LevelKind::Held | LevelKind::Span))
    }

    fn open(&mut self, kind: LevelKind, stack: Stack) -> Opened {
        let base = serial_of(&stack);
        let id = serial();
        let outer = std::mem::replace(&mut self.shared, stack);
        let outer_from = std::mem::replace(&mut self.own_from, self.own.len());
        self.levels.push(Level {
            outer,
            outer_from,
            base,
            id,
            kind,
            span: 0,
            reentered: 0,
        });
        Opened { id, base, kind }
    }

    pub(super) fn open_span(&mut self, id: u64, stack: Stack) {
        self.open(LevelKind::Span, stack);
        if let Some(level) = self.levels.last_mut() {
            level.span = id;
        }
    }

    /// Takes off what the level has on top of the stack of that number; everything of its own,
    /// where that is no longer there.
    fn cut_back(&mut self, serial: u64) -> Fallen {
        let mut fallen = Fallen::default();
        let own = &self.own[self.own_from..];
        if let Some(at) = own.iter().rposition(|entry| entry.serial == serial) {
            fallen.own.extend(self.own.drain(self.own_from + at + 1..));
            return fallen;
        }
        let base = self.levels.last().map_or(0, |level| level.base);
        let below = nodes(&self.shared)
            .find(|node| node.serial() == serial || node.serial() == base)
            .cloned();
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
    pub(super) fn truncate(&mut self, index: usize) -> (Stack, Option<Box<Fallen>>) {
        if index + 1 == self.levels.len() {
            // Nothing was left open but guards; their frames are dropped where they stand.
            let Some(level) = self.levels.pop() else {
                return (None, None);
            };
            self.own.truncate(self.own_from);
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
    pub(super) fn remove(&mut self, index: usize) -> Fallen {
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
        return node.onto(parent);
    };
    own.depth = parent
        .as_ref()
        .map_or(1, |parent| parent.depth.saturating_add(1));
    own.entry.serial = serial();
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
    id: u64,
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
fn open(carried: &mut Carried) -> Option<Opened> {
    if matches!(carried, Carried::Nothing) {
        return None;
    }
    change(|current| {
        let (kind, node) = current.place(std::mem::replace(carried, Carried::Nothing))?;
        Some(current.open(kind, Some(node)))
    })
    .flatten()
}

/// Opens a level with one frame on top of what is current, which is not to be kept.
pub(crate) fn open_frame(frame: Frame) -> Option<Opened> {
    change(|current| {
        opened(&frame, current.frames());
        current.share();
        let level = current.open(LevelKind::Framed, current.shared.clone());
        current.own.push(Entry::new(frame));
        level
    })
}

/// Makes a captured stack current for as long as a guard lives.
pub(crate) fn hold(node: Arc<Node>) -> Option<Opened> {
    change(|current| current.open(LevelKind::Held, Some(node)))
}

/// As [`open`], until [`close_after_drop`]: the two ends of a drop cannot hand anything over.
pub(crate) fn open_for_drop(carried: &mut Carried) {
    change(|current| {
        let (kind, stack) = match current.place(std::mem::replace(carried, Carried::Nothing)) {
            Some((LevelKind::Replaced, node)) => (LevelKind::DroppingReplaced, Some(node)),
            Some((_, node)) => (LevelKind::Dropping, Some(node)),
            None => {
                current.share();
                (LevelKind::Dropping, current.shared.clone())
            }
        };
        current.open(kind, stack);
    });
}

/// Ends the innermost level of [`open_for_drop`].
pub(crate) fn close_after_drop() {
    drop(change(|current| {
        let is_it = |level: &Level| {
            matches!(
                level.kind,
                LevelKind::Dropping | LevelKind::DroppingReplaced
            )
        };
        let index = current.levels.iter().rposition(is_it)?;
        Some(current.truncate(index))
    }));
}

/// Ends the level, with every level that was left open inside it, and hands its scope back.
pub(crate) fn close(opened: Opened, carried: &mut Carried) {
    let ended = change(|current| {
        let index = current
            .levels
            .iter()
            .rposition(|level| level.id == opened.id)?;
        if opened.kind == LevelKind::Held && !current.may_end(index) {
            // A guard that is dropped inside a running piece of the program, which goes on.
            return Some((None, Some(Box::new(current.remove(index)))));
        }
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

/// A piece of the program without a scope, at whose end everything ends that was left open inside.
struct Inside {
    /// The level that it is part of; 0 is the thread's own.
    level: u64,
    serial: u64,
}

impl Inside {
    /// `None` while the thread is being torn down.
    fn begin() -> Option<Self> {
        let begin = |current: &RefCell<Current>| {
            let current = current.borrow();
            Self {
                level: current.levels.last().map_or(0, |level| level.id),
                serial: current.serial(),
            }
        };
        CURRENT.try_with(begin).ok()
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        drop(change(|current| {
            let inner = match self.level {
                0 => 0,
                id => current.levels.iter().rposition(|level| level.id == id)? + 1,
            };
            if current.levels.len() == inner && current.serial() == self.serial {
                return None;
            }
            let levels = (current.levels.len() > inner).then(|| current.truncate(inner));
            Some((levels, current.cut_back(self.serial)))
        }));
    }
}
