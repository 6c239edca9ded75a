//! What is current on this thread.
//!
//! Whatever makes something current is a *link*, on top of the one outside it: a guard, a closure,
//! a poll, an entered span. A thread has the innermost one, by value, and each has the one outside
//! it: so to enter a scope is to move one pointer in, and to leave it is to move it out again. A
//! link that a future brings back at every poll, or that was used before, costs no allocation.
//!
//! The frame of a link is the thread's own until somebody wants to keep it: a span, a task. The
//! first who wants a user's gets a copy (`captured.rs`); otherwise it becomes a shared node, which
//! costs an allocation, and whose clones are counted.

use std::cell::{Cell, RefCell};
use std::mem::{forget, replace};
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use crate::diagnostics::{self, Once};
use crate::frame::{Frame, Isolated};
use crate::stats;

mod answer;
mod captured;
mod link;
mod node;
mod owner;
mod ready;
mod running;
mod span;
mod what;

pub(crate) use answer::{answer, answer_to, keep, summed, Kept};
pub(crate) use captured::Captured;
use link::{links, take_out, Kind, Link};
pub(crate) use node::{frames, nodes, Frames, Node, Stack};
use owner::{current_task, Task, View};
pub(crate) use ready::Ready;
pub(crate) use running::{close_after_drop, open_for_drop, run, Carried};
#[cfg(any(feature = "tokio", feature = "rayon"))]
pub(crate) use span::changes_on_entry;
pub(crate) use span::{
    enter_span, exit_span, gives_way, is_entered_in_vain, span_begins, KnownSpan,
};
use span::{InVain, REMEMBERED};
use what::What;

thread_local! {
    static LOCAL: Local = const { Local::new() };
    // Of its own, since it is asked for while the thread is torn down too.
    static SERIAL: Cell<u64> = const { Cell::new(0) };
}

/// A span: the number of its layer, and its id there.
type SpanKey = (u64, u64);

/// The number of a stack, and how much was written before, with the sum of it.
type Summed = ((u64, u64), Arc<Node>);

/// What a thread has.
struct Local {
    /// The innermost link. It is taken out for as long as somebody looks at it, which is never code
    /// of the user's.
    top: Cell<Option<Box<Link>>>,
    /// Links that are used again.
    spare: Cell<Option<Box<Link>>>,
    spares: Cell<usize>,
    /// The spans that have a link, so that the exit of one that has none need not look for it.
    spans: RefCell<Vec<SpanKey>>,
    /// How many links on the stack [belong to a task](Kind::belongs_to_task).
    owned: Cell<usize>,
    /// The task of the first of them.
    owner: Cell<Option<Task>>,
    /// Whether another one belonged to another task.
    has_several_owners: Cell<bool>,
    /// Entries that change nothing.
    in_vain: [Cell<InVain>; REMEMBERED],
    /// The last answer.
    answer: Cell<Option<Box<Kept>>>,
    /// The number of the stack that a record last asked for.
    asked: Cell<u64>,
    /// The last stack that was summed up.
    summed: Cell<Option<Summed>>,
}

/// A number that no other stack of this process has, and never that of the empty one.
#[inline]
fn serial() -> u64 {
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

/// Calls `f` with what the thread has; `None` while the thread is being torn down.
#[inline]
fn local<R>(f: impl FnOnce(&Local) -> R) -> Option<R> {
    LOCAL.try_with(f).ok()
}

impl Local {
    const fn new() -> Self {
        Self {
            top: Cell::new(None),
            spare: Cell::new(None),
            spares: Cell::new(0),
            spans: RefCell::new(Vec::new()),
            owned: Cell::new(0),
            owner: Cell::new(None),
            has_several_owners: Cell::new(false),
            in_vain: [const { Cell::new(InVain::nothing()) }; REMEMBERED],
            answer: Cell::new(None),
            asked: Cell::new(0),
            summed: Cell::new(None),
        }
    }

    /// Looks at what is current, or changes it; what falls off is dropped by the caller.
    #[inline]
    fn with_top<R>(&self, f: impl FnOnce(&mut Option<Box<Link>>) -> R) -> R {
        struct PutBack<'a>(&'a Local, Option<Box<Link>>);
        impl Drop for PutBack<'_> {
            fn drop(&mut self) {
                put(&self.0.top, self.1.take());
            }
        }
        let mut top = PutBack(self, self.top.take());
        f(&mut top.1)
    }

    /// A link that was used before.
    #[inline]
    fn spare(&self) -> Option<Box<Link>> {
        let mut link = self.spare.take()?;
        put(&self.spare, link.outer.take());
        self.spares.set(self.spares.get() - 1);
        Some(link)
    }

    /// Keeps a link that was left for the next scope.
    #[inline(always)]
    fn recycle(&self, mut link: Box<Link>) {
        /// About 20 KiB a thread: as many as it usually has in hand, and as many as the tasks that end
        /// there leave to those that begin.
        const MOST: usize = 256;
        if !link.what.is_in_place() {
            link.what = What::Nothing;
        }
        let spares = self.spares.get();
        if spares < MOST {
            forget(replace(&mut link.outer, self.spare.take()));
            put(&self.spare, Some(link));
            self.spares.set(spares + 1);
        }
    }

    /// Gives a link that is about to be opened to the task that runs.
    #[inline]
    fn own(&self, link: &mut Link) {
        let task = current_task();
        link.owner = task;
        let owned = self.owned.get();
        if owned == 0 {
            self.owner.set(task);
            self.has_several_owners.set(false);
        } else if self.owner.get() != task {
            self.has_several_owners.set(true);
        }
        self.owned.set(owned + 1);
    }

    /// A link that belonged to a task is off the stack.
    #[inline]
    fn disown(&self) {
        self.owned.set(self.owned.get().saturating_sub(1));
    }

    /// What the task that runs sees of the stack. As long as nothing on the stack belongs to a task,
    /// no task is asked for.
    #[inline]
    fn view(&self) -> View {
        match self.owned.get() {
            0 => View::Whole,
            _ => self.view_of_task(),
        }
    }

    #[inline]
    fn view_of_task(&self) -> View {
        let task = current_task();
        if self.owner.get() == task && !self.has_several_owners.get() {
            View::Whole
        } else {
            self.partial_view(task)
        }
    }

    #[cold]
    fn partial_view(&self, task: Option<Task>) -> View {
        self.with_top(|top| {
            let mut is_partial = false;
            let mut next = top.as_deref_mut();
            while let Some(link) = next {
                if link.is_hidden_from(task) {
                    is_partial = true;
                    warn_of_guard(link, Once::GuardAcrossTasks);
                }
                next = link.outer.as_deref_mut();
            }
            match is_partial {
                true => View::OfTask(task),
                false => View::Whole,
            }
        })
    }

    /// Calls `read` with the frames that the task sees.
    #[inline]
    fn with_frames<R>(&self, read: impl FnOnce(Frames<'_>) -> R) -> R {
        let view = self.view();
        self.with_top(|top| read(Frames::from_top(top.as_deref(), view)))
    }

    /// The stack that the task sees, as one that others can hold.
    fn share(&self) -> Stack {
        match self.view() {
            View::Whole => self.with_top(link::share),
            View::OfTask(task) => self.with_top(|top| link::share_view(top.as_deref(), task)),
        }
    }

    /// Puts a link on top.
    #[inline]
    fn open(&self, link: Box<Link>) {
        self.cover(link, Link::settle);
    }

    /// Puts a link on what was the top, which `settle` finds outside of it.
    #[inline]
    fn cover<R>(&self, mut link: Box<Link>, settle: impl FnOnce(&mut Link) -> R) -> R {
        // It was on nothing.
        forget(replace(&mut link.outer, self.top.take()));
        let settled = settle(&mut link);
        put(&self.top, Some(link));
        settled
    }

    /// Takes the top off, if it `is_it`.
    #[inline]
    fn close_top(&self, is_it: impl FnOnce(&Link) -> bool) -> Option<Box<Link>> {
        match self.top.take() {
            Some(mut link) if is_it(&link) => {
                put(&self.top, link.outer.take());
                Some(link)
            }
            other => {
                put(&self.top, other);
                None
            }
        }
    }

    /// Drops links that fell off, which may be those of spans.
    fn let_go(&self, fallen: Option<Box<Link>>) {
        let mut next = fallen;
        while let Some(mut link) = next {
            next = link.outer.take();
            if let What::Span(span) = &link.what {
                self.forget_span(span.key);
            }
            if link.kind.belongs_to_task() {
                self.disown();
            }
            self.recycle(link);
        }
    }
}

/// Counts and names, once, a guard that is open where a task waits.
fn warn_of_guard(link: &mut Link, what: Once) {
    let entered_at = link.entered_at.take().filter(|_| link.kind == Kind::Guard);
    if let Some(entered_at) = entered_at {
        stats::guard_across_await();
        diagnostics::warn_later(what, entered_at);
    }
}

/// Puts a link where there is none, and so nothing to drop.
#[inline]
fn put(place: &Cell<Option<Box<Link>>>, link: Option<Box<Link>>) {
    forget(place.replace(link));
}

/// Calls `read` with the current frames; with none while the thread is being torn down.
pub(crate) fn with_frames<R>(read: impl Fn(Frames<'_>) -> R) -> R {
    let current = |local: &Local| local.with_frames(&read);
    local(current).unwrap_or_else(|| read(Frames::default()))
}

/// Whether this thread's stack is gone already.
pub(crate) fn is_torn_down() -> bool {
    local(|_| ()).is_none()
}

/// The current stack, to be kept.
pub(crate) fn capture() -> Captured {
    let mut captured = Captured::default();
    capture_to(&mut captured);
    captured
}

/// As [`capture`], written to its place, which is empty.
#[inline]
pub(crate) fn capture_to(place: &mut Captured) {
    local(|local| match local.view() {
        View::Whole => local.with_top(|top| link::capture_to(place, top)),
        View::OfTask(_) => place.stack = local.share(),
    });
}

/// Makes that current until [`pop`] of the number; 0 while the thread is being torn down.
#[inline]
pub(crate) fn push(Ready(link): Ready, entered_at: Option<&'static Location<'static>>) -> u64 {
    local(|local| {
        local.cover(link, |link| {
            local.own(link);
            link.entered_at = entered_at;
            link.begin(Kind::Guard, link.outside())
        })
    })
    .unwrap_or(0)
}

/// Ends what a guard made current. Out of order it ends what other guards of the task opened on top
/// of it too: to keep a leaked guard's user current would be worse than to lose one early.
#[inline]
pub(crate) fn pop(id: u64) {
    let is_it = |link: &Link| link.id == id;
    local(|local| match local.close_top(is_it) {
        Some(link) => {
            local.disown();
            local.recycle(link);
        }
        None => local.pop_covered(is_it),
    });
}

impl Local {
    #[cold]
    fn pop_covered(&self, is_it: impl Fn(&Link) -> bool) {
        let fallen = self.with_top(|top| {
            let owner = links(top.as_deref()).find(|link| is_it(link))?.owner;
            let falls = |link: &Link| link.kind == Kind::Guard && link.owner == owner;
            take_out(top, &is_it, falls)
        });
        self.let_go(fallen);
    }
}

/// The number of the innermost link, 0 where there is none: see [`end_above`].
#[inline]
pub(crate) fn top() -> u64 {
    local(Local::top_id).unwrap_or(0)
}

/// Ends the links that were opened since the innermost one was `top`, and left open.
#[inline]
pub(crate) fn end_above(top: u64) {
    local(|local| {
        if local.top_id() != top {
            local.end_above(top);
        }
    });
}

impl Local {
    #[inline]
    fn top_id(&self) -> u64 {
        self.with_top(|top| top.as_deref().map_or(0, |link| link.id))
    }

    #[cold]
    fn end_above(&self, id: u64) {
        let fallen = self.with_top(|top| {
            // The link itself may be gone: a guard that was opened before was dropped since.
            let is_there = id == 0 || links(top.as_deref()).any(|link| link.id == id);
            let mut fallen = None;
            while let Some(mut link) = top.take_if(|link| is_there && link.id != id) {
                *top = link.outer.take();
                link.outer = fallen;
                fallen = Some(link);
            }
            fallen
        });
        self.let_go(fallen);
    }
}

/// The isolated scope that a write here goes to: the nearest on the stack; inside a span whose
/// stack holds none, the one around the entry.
pub(crate) fn nearest_isolated() -> Option<Arc<Isolated>> {
    let of = |frame: &Frame| match frame {
        Frame::Isolated(isolated) => Some(isolated.shared().clone()),
        _ => None,
    };
    let find = |local: &Local| {
        let view = local.view();
        local.with_top(|top| {
            let is_seen = |link: &&Link| match view {
                View::Whole => true,
                View::OfTask(task) => !link.is_hidden_from(task),
            };
            for link in links(top.as_deref()).filter(is_seen) {
                let found = match &link.what {
                    What::Stack(stack) => return frames(stack).find_map(of),
                    What::Span(span) => Frames::from(&*span.node).find_map(of),
                    _ => link.isolated().cloned(),
                };
                if found.is_some() {
                    return found;
                }
            }
            None
        })
    };
    local(find).flatten()
}
