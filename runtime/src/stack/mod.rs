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

use crate::frame::{nodes, serial_of, Entry, Frame, Frames, GlobalLayer, Isolated, Node, Stack};

mod level;
mod span;

pub(crate) use level::{
    close, close_after_drop, hold, open_for_drop, open_frame, Carried, Entered, Opened,
};
use level::{Level, LevelKind};
pub(crate) use span::{enter_span, exit_span};

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

/// A number that no other stack of this process has; 0 is the empty stack.
#[inline]
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

/// Whether this thread's stack is gone already.
pub(crate) fn is_torn_down() -> bool {
    CURRENT.try_with(|_| ()).is_err()
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
#[inline]
fn change<R>(change: impl FnOnce(&mut Current) -> R) -> Option<R> {
    CURRENT
        .try_with(|current| change(&mut current.borrow_mut()))
        .ok()
}

/// An isolated scope that is opened makes the process one that serves many.
#[inline]
fn opened(frame: &Frame, outside: Frames<'_>) {
    if let Frame::Isolated(_) = frame {
        GlobalLayer::of(outside, GlobalLayer::now_serves);
    }
}

/// Puts a frame on top of what is current until [`pop`] of the token.
#[inline]
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
#[inline]
pub(crate) fn pop(token: u64) {
    let is_popped = change(|current| {
        let own = &mut current.own;
        let is_top =
            own.len() > current.own_from && own.last().is_some_and(|top| top.token == token);
        if is_top {
            // Dropped where it stands: to move it out first would cost more than the drop.
            own.truncate(own.len() - 1);
        }
        is_top
    });
    if is_popped == Some(false) {
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
            let is_here = cut.is_some();
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
            if is_here && self.may_end(level) {
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
    // Only read: the panic hook asks too.
    let find = |current: &RefCell<Current>| {
        let current = current.borrow();
        if let Some(isolated) = nearest(current.frames()) {
            return Some(isolated);
        }
        let mut end = current.own_from;
        let around = current.levels.iter().rev().take_while(|level| {
            !matches!(
                level.kind,
                LevelKind::Replaced | LevelKind::Held | LevelKind::DroppingReplaced
            )
        });
        around.into_iter().find_map(|level| {
            let own = &current.own[level.outer_from..end];
            end = level.outer_from;
            nearest(Frames::new(own, &level.outer))
        })
    };
    CURRENT.try_with(find).ok().flatten()
}
