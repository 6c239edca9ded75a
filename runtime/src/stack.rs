//! What is current on this thread.
//!
//! A guard pushes a frame onto the stack. Whatever has a beginning and an end in the structure of
//! the program (a closure, a poll, an entered span) opens a *level* instead, which remembers the
//! stack around it and puts it back at its end, whatever was left on top in between.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use crate::frame::{frames, serial_of, Frame, GlobalLayer, Isolated, Node, Stack};

thread_local! {
    static CURRENT: RefCell<Current> = const {
        RefCell::new(Current { top: None, levels: Vec::new(), spent: Vec::new() })
    };
    static SERIAL: Cell<u64> = const { Cell::new(0) };
}

#[derive(Debug)]
struct Current {
    top: Stack,
    levels: Vec<Level>,
    /// Nodes that were taken off and that nobody else holds: filling one again is cheaper than to
    /// allocate one.
    spent: Vec<Arc<Node>>,
}

/// How many spent nodes a thread keeps.
const SPENT: usize = 16;

#[derive(Debug)]
struct Level {
    /// What is current again when the level ends.
    outer: Stack,
    /// The stack that the level began with: guards opened the frames above it.
    base: u64,
    kind: LevelKind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum LevelKind {
    /// A frame on top of what was current: a closure, a poll.
    Framed,
    /// A captured stack in place of what was current.
    Replaced,
    /// A scope around a value that is being dropped.
    Dropping,
    /// The stack of an entered span, in place of what was current.
    Span { id: u64, reentered: u32 },
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

/// Calls `read` with the current stack; with an empty one while the thread is being torn down.
pub(crate) fn with_top<R>(read: impl Fn(&Stack) -> R) -> R {
    CURRENT.try_with(|current| read(&current.borrow().top)).unwrap_or_else(|_| read(&None))
}

/// Changes what is current; what falls off is dropped after the borrow has ended.
fn change<R>(change: impl FnOnce(&mut Current) -> R) -> Option<R> {
    CURRENT.try_with(|current| change(&mut current.borrow_mut())).ok()
}

/// A node that was used up on this thread, to be filled again.
pub(crate) fn spent() -> Option<Arc<Node>> {
    change(|current| current.spent.pop()).flatten()
}

fn opened(node: &Node) {
    if let Frame::Isolated(_) = node.frame {
        GlobalLayer::of(&node.parent, GlobalLayer::now_serves);
    }
}

/// The node on another stack; its frame is cloned only where somebody else holds it too.
fn relink(mut node: Arc<Node>, parent: Stack) -> Arc<Node> {
    let Some(own) = Arc::get_mut(&mut node) else {
        return Node::new(node.frame.clone(), parent).into();
    };
    own.depth = parent.as_ref().map_or(1, |parent| parent.depth.saturating_add(1));
    own.serial = serial();
    own.token = own.serial;
    own.parent = parent;
    node
}

/// Puts the node on top of what is current until [`pop`] of the token.
pub(crate) fn push(node: Arc<Node>) -> Option<u64> {
    change(|current| {
        let node = match current.top.take() {
            // Nobody else sees the node: a clone of the scope would have to be entered for that.
            None if Arc::strong_count(&node) == 1 => node,
            parent => relink(node, parent),
        };
        opened(&node);
        let token = node.token;
        current.top = Some(node);
        token
    })
}

/// Takes the frame of `token` off, and what was left on top of it, wherever it is by now.
pub(crate) fn pop(token: u64) {
    drop(change(|current| {
        let base = current.levels.last().map_or(0, |level| level.base);
        match current.top.take() {
            Some(mut node) if node.token == token && node.serial != base => {
                let (frame, below) = match Arc::get_mut(&mut node) {
                    Some(own) => (std::mem::replace(&mut own.frame, Frame::Spent), own.parent.take()),
                    None => (Frame::Spent, node.parent.clone()),
                };
                current.top = below;
                (frame, current.keep(node), Vec::new())
            }
            top => {
                current.top = top;
                (Frame::Spent, None, current.pop_buried(token))
            }
        }
    }));
}

/// Takes in a node that was used up on this thread.
pub(crate) fn retire(mut node: Arc<Node>) {
    let Some(own) = Arc::get_mut(&mut node) else { return };
    let held = (std::mem::replace(&mut own.frame, Frame::Spent), own.parent.take());
    drop(change(|current| current.keep(node)));
    drop(held);
}

impl Current {
    /// Keeps an emptied node, to be filled again; returns one that is not to be kept.
    fn keep(&mut self, node: Arc<Node>) -> Stack {
        if matches!(node.frame, Frame::Spent) && self.spent.len() < SPENT {
            self.spent.push(node);
            return None;
        }
        Some(node)
    }

    /// A guard that was dropped out of order. What was opened on top of it ends too: to keep a
    /// leaked guard's user current would be worse than to lose one early.
    fn pop_buried(&mut self, token: u64) -> Vec<Stack> {
        let mut dropped = Vec::new();
        let tops = self.levels.len();
        for level in (0..=tops).rev() {
            let base = if level == 0 { 0 } else { self.levels[level - 1].base };
            let top = if level == tops { &mut self.top } else { &mut self.levels[level].outer };
            let below = frames(top)
                .take_while(|node| node.serial != base)
                .find(|node| node.token == token)
                .map(|node| node.parent.clone());
            if let Some(below) = below {
                dropped.push(std::mem::replace(top, below));
            }
        }
        dropped
    }

    fn open(&mut self, kind: LevelKind, top: Stack) {
        let base = serial_of(&top);
        let outer = std::mem::replace(&mut self.top, top);
        self.levels.push(Level { outer, base, kind });
    }

    /// What a level with `carried` begins with.
    fn place(&self, carried: Carried) -> Option<(LevelKind, Arc<Node>)> {
        match carried {
            Carried::Nothing => None,
            Carried::Captured(node) => Some((LevelKind::Replaced, node)),
            Carried::Frame(mut node) => {
                if serial_of(&node.parent) != serial_of(&self.top) {
                    node = relink(node, self.top.clone());
                }
                opened(&node);
                Some((LevelKind::Framed, node))
            }
        }
    }

    /// Ends the level at `index` with every level inside it; returns what it ended with, and what
    /// else is to be dropped.
    fn truncate(&mut self, index: usize) -> (Stack, Vec<Level>) {
        if index + 1 == self.levels.len() {
            let outer = self.levels.pop().and_then(|level| level.outer);
            return (std::mem::replace(&mut self.top, outer), Vec::new());
        }
        let mut inside = self.levels.split_off(index + 1);
        let mut top = self.top.take();
        if let Some(first) = inside.first_mut() {
            // The level's own top is what the first one that was left open in it would go back to.
            std::mem::swap(&mut top, &mut first.outer);
        }
        if let Some(level) = self.levels.pop() {
            self.top = level.outer;
        }
        (top, inside)
    }

    /// Ends the level at `index` alone, and leaves those that were opened inside it.
    fn remove(&mut self, index: usize) -> Stack {
        let level = self.levels.remove(index);
        let top = match self.levels.get_mut(index) {
            Some(inner) => &mut inner.outer,
            None => &mut self.top,
        };
        std::mem::replace(top, level.outer)
    }
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
}

#[derive(Clone, Copy)]
pub(crate) struct Opened {
    base: u64,
    kind: LevelKind,
}

impl<'a> Entered<'a> {
    pub(crate) fn new(carried: &'a mut Carried) -> Self {
        let opened = open(carried);
        Self { carried, opened }
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
        let base = node.serial;
        current.open(kind, Some(node));
        Some(Opened { base, kind })
    })
    .flatten()
}

/// As [`open`], until [`close_after_drop`]: the two ends of a drop cannot hand anything over.
pub(crate) fn open_for_drop(carried: &mut Carried) {
    change(|current| {
        let placed = current.place(std::mem::replace(carried, Carried::Nothing));
        let top = placed.map_or_else(|| current.top.clone(), |(_, node)| Some(node));
        current.open(LevelKind::Dropping, top);
    });
}

/// Ends the innermost level of [`open_for_drop`].
pub(crate) fn close_after_drop() {
    drop(change(|current| {
        let index = current.levels.iter().rposition(|level| level.kind == LevelKind::Dropping)?;
        Some(current.truncate(index))
    }));
}

/// Ends the level, with every level that was left open inside it, and hands its scope back.
pub(crate) fn close(opened: Opened, carried: &mut Carried) {
    let top = change(|current| {
        let is_it = |level: &Level| level.base == opened.base && level.kind == opened.kind;
        let index = current.levels.iter().rposition(is_it)?;
        Some(current.truncate(index))
    });
    let node = match top.flatten() {
        Some((Some(node), _)) if node.serial == opened.base => Some(node),
        Some((top, _)) => frames(&top).find(|node| node.serial == opened.base).cloned(),
        None => None,
    };
    if let Some(node) = node {
        *carried = restore(opened.kind, node);
    }
}

fn restore(kind: LevelKind, node: Arc<Node>) -> Carried {
    match kind {
        LevelKind::Framed => Carried::Frame(node),
        _ => Carried::Captured(node),
    }
}

/// Enters the stack of a span: replaces what is current whole, unless it is there already.
pub(crate) fn enter_span(id: u64, stack: &Stack, carries: bool) {
    let serial = serial_of(stack);
    change(|current| {
        let entered = current.levels.iter_mut().rev().find_map(|level| match &mut level.kind {
            LevelKind::Span { id: entered, reentered } if *entered == id => Some(reentered),
            _ => None,
        });
        if !carries || frames(&current.top).any(|node| node.serial == serial) {
            // Each exit undoes its own entry: this one undid nothing.
            if let Some(reentered) = entered {
                *reentered += 1;
            }
            return;
        }
        current.open(LevelKind::Span { id, reentered: 0 }, stack.clone());
    });
}

/// Exits a span: undoes its own entry, if that changed anything, and no other's.
pub(crate) fn exit_span(id: u64) {
    drop(change(|current| {
        let index = current.levels.iter().rposition(
            |level| matches!(level.kind, LevelKind::Span { id: entered, .. } if entered == id),
        )?;
        match &mut current.levels[index].kind {
            LevelKind::Span { reentered, .. } if *reentered > 0 => {
                *reentered -= 1;
                None
            }
            _ => Some(current.remove(index)),
        }
    }));
}

/// A span that is entered here was identified late: from now on, what is created inside it sees
/// `late`, which is the frame on top of the span's stack of before (`serial`).
pub(crate) fn identify_span(id: u64, serial: u64, late: &Arc<Node>) {
    change(|current| {
        let top = current.top.clone();
        let is_inside = serial == 0 || frames(&top).any(|node| node.serial == serial);
        if !is_inside {
            return;
        }
        let inner: Vec<_> = frames(&top).take_while(|node| node.serial != serial).cloned().collect();
        let rebuilt = inner.into_iter().rev().fold(late.clone(), |stack, node| node.onto(Some(stack)));
        match current.levels.last_mut() {
            // The span's own level: it goes on, from another base.
            Some(Level { kind: LevelKind::Span { id: entered, .. }, base, .. })
                if *entered == id && *base == serial =>
            {
                current.top = Some(rebuilt);
            }
            _ => current.open(LevelKind::Span { id, reentered: 0 }, Some(rebuilt)),
        }
        if let Some(level) = current.levels.last_mut() {
            level.base = late.serial;
        }
    });
}

/// The isolated scope that a write here goes to: the nearest on the stack; inside a span whose
/// stack holds none, the one around the entry.
pub(crate) fn nearest_isolated() -> Option<Arc<Isolated>> {
    let nearest = |stack: &Stack| {
        frames(stack).find_map(|node| match &node.frame {
            Frame::Isolated(isolated) => Some(isolated.clone()),
            _ => None,
        })
    };
    change(|current| {
        if let Some(isolated) = nearest(&current.top) {
            return Some(isolated);
        }
        let around = current.levels.iter().rev().take_while(|level| level.kind != LevelKind::Replaced);
        around.into_iter().find_map(|level| nearest(&level.outer))
    })
    .flatten()
}
