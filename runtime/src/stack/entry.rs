//! Entries: the places of a thread, each opened on top of the one outside it.

use std::mem::{forget, replace, take};
use std::panic::Location;
use std::sync::Arc;

use crate::frame::{Frame, Isolated};
use crate::stack::entry_kind::EntryKind;
use crate::stack::ids::{new_id, stack_id_on, EMPTY, UNPLACED};
use crate::stack::node::{Node, Stack};
use crate::stack::owner::Task;
use crate::stack::snapshot::{Snapshot, Top};

/// One place of a thread, which ends on its own: a guard's, a closure's, a poll's, an entered
/// span's. It is moved in and out, and nobody else ever holds it.
pub(crate) struct StackEntry {
    pub(crate) kind: EntryKind,
    pub(crate) outer: Option<Box<StackEntry>>,
    /// The number of what is current inside.
    pub(crate) stack_id: u64,
    /// Tells which entry was outside, and on what, when this one was settled.
    base_id: u64,
    /// Tells this entry from every other, and its frame, whatever that is put on.
    pub(crate) id: u64,
    pub(crate) exit_rule: ExitRule,
    /// The task that opened the entry, where the [kind](Kind::belongs_to_task) has one.
    pub(crate) owner: Option<Task>,
    /// Where the guard was entered.
    pub(crate) entered_at: Option<&'static Location<'static>>,
    /// Whether somebody was given a copy of the frame.
    is_copied: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ExitRule {
    /// As long as a guard lives, which can be dropped in any order.
    Guard,
    /// As long as a closure runs.
    Closure,
    /// As long as a span is entered, also by a guard.
    Span,
    /// One poll of a future or stream.
    Poll,
    /// The drop of a future or stream.
    Dropping,
}

impl ExitRule {
    /// Whether such an entry can be on the stack while another task runs on the thread.
    #[inline]
    pub(crate) fn belongs_to_task(self) -> bool {
        matches!(self, Self::Guard | Self::Closure | Self::Span)
    }
}

impl StackEntry {
    /// An entry that is nowhere yet, in the place of one that was left, if there is one.
    #[inline(always)]
    pub(crate) fn from_pool(spare: Option<Box<Self>>, what: EntryKind) -> Box<Self> {
        match spare {
            Some(mut entry) => {
                // Nothing is left in it that has to be dropped.
                forget(replace(&mut entry.kind, what));
                entry.is_copied = false;
                entry
            }
            None => Self::new(what),
        }
    }

    /// As [`renewed`](Self::renewed), of a user who has yet to be written, mostly to where one was
    /// before.
    #[inline(always)]
    pub(crate) fn of_user(spare: Option<Box<Self>>) -> Box<Self> {
        match spare {
            Some(mut entry) => {
                match &mut entry.kind {
                    EntryKind::Own(Frame::User(user)) => forget(take(user)),
                    what => forget(replace(what, EntryKind::Own(Frame::nothing()))),
                }
                entry.is_copied = false;
                entry
            }
            None => Self::new(EntryKind::Own(Frame::nothing())),
        }
    }

    #[cold]
    fn new(what: EntryKind) -> Box<Self> {
        Box::new(Self {
            kind: what,
            outer: None,
            stack_id: 0,
            base_id: 0,
            id: 0,
            exit_rule: ExitRule::Poll,
            owner: None,
            entered_at: None,
            is_copied: false,
        })
    }

    /// Gives the entry its id, by which its end finds it; its number is known once it is settled.
    #[inline]
    pub(crate) fn begin(&mut self, kind: ExitRule) -> u64 {
        let id = new_id();
        if let Some(stack) = self.kind.stack() {
            self.stack_id = stack.map_or(EMPTY, |node| node.stack_id());
        }
        self.exit_rule = kind;
        self.base_id = UNPLACED;
        self.id = id;
        id
    }

    /// Another entry like this one, which is nowhere yet either.
    #[inline]
    pub(crate) fn detached_clone(&self, spare: Option<Box<Self>>) -> Box<Self> {
        let what = match &self.kind {
            EntryKind::Nothing => EntryKind::Nothing,
            EntryKind::Own(frame) => EntryKind::Own(frame.clone()),
            EntryKind::Shared(node) => EntryKind::Shared(node.clone()),
            EntryKind::SharedIsolated(node, opening) => {
                EntryKind::SharedIsolated(node.clone(), opening.clone())
            }
            EntryKind::Stack(stack) => EntryKind::Stack(stack.clone()),
            EntryKind::Span(span) => EntryKind::Stack(Some(span.node.clone())),
        };
        let mut twin = Self::from_pool(spare, what);
        twin.stack_id = self.stack_id;
        twin.base_id = self.base_id;
        twin.id = self.id;
        twin.exit_rule = self.exit_rule;
        twin
    }

    /// Tells the entry outside from every other, and from itself on another stack: two guards of one
    /// captured stack have the number of that stack.
    #[inline]
    fn outside_now(&self) -> u64 {
        self.outer.as_deref().map_or(EMPTY, |entry| {
            // Of a stack in place of what is outside, the number says nothing of what is outside.
            entry
                .stack_id
                .wrapping_add(entry.id)
                .wrapping_add(entry.base_id)
        })
    }

    /// Whether the entry was settled on what is outside now.
    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        self.base_id == self.outside_now()
    }

    /// Settles what the entry is on what is outside now.
    #[inline]
    pub(crate) fn settle(&mut self) {
        if !self.is_settled() {
            self.rebase();
        }
    }

    /// On another stack it is another place, for which an answer that was kept does not hold.
    #[inline]
    pub(crate) fn rebase(&mut self) {
        let outside = serial_at(self.outer.as_deref());
        self.base_id = self.outside_now();
        match &self.kind {
            EntryKind::Own(_) => self.stack_id = stack_id_on(outside, self.id),
            _ => self.settle_shared(outside),
        }
    }

    #[cold]
    fn settle_shared(&mut self, outside: u64) {
        match &self.kind {
            EntryKind::Nothing => self.stack_id = outside,
            EntryKind::Stack(_) | EntryKind::Span(_) => {}
            EntryKind::Own(_) | EntryKind::Shared(_) | EntryKind::SharedIsolated(..) => {
                self.stack_id = stack_id_on(outside, self.id);
                self.unshare();
            }
        }
    }

    /// Takes the frame back from a node whose parents are not what is outside.
    fn unshare(&mut self) {
        self.kind = match replace(&mut self.kind, EntryKind::Nothing) {
            EntryKind::Shared(node) => EntryKind::Own(node.into_frame()),
            EntryKind::SharedIsolated(_, opening) => EntryKind::Own(Frame::Isolated(opening)),
            other => other,
        };
    }

    /// Takes off what tasks left open outside, up to the innermost poll: the entries that `task` sees,
    /// and those of other tasks, each the outermost first.
    pub(crate) fn take_left_open(&mut self, task: Option<Task>) -> [Option<Box<Self>>; 2] {
        let (mut own, mut others) = (None, None);
        while let Some(mut entry) = self
            .outer
            .take_if(|entry| entry.exit_rule.belongs_to_task())
        {
            let place = match entry.is_hidden_from(task) {
                true => &mut others,
                false => &mut own,
            };
            self.outer = replace(&mut entry.outer, place.take());
            *place = Some(entry);
        }
        [own, others]
    }

    /// Whether the entry is hidden from that task, since it belongs to another one.
    #[inline]
    pub(crate) fn is_hidden_from(&self, task: Option<Task>) -> bool {
        self.exit_rule.belongs_to_task() && self.owner != task
    }

    /// The number of the stack that the task sees from here outwards.
    pub(crate) fn serial_seen_by(&self, task: Option<Task>) -> u64 {
        let mut outside = EMPTY;
        let mut ids = Vec::new();
        for entry in entries(Some(self)).filter(|entry| !entry.is_hidden_from(task)) {
            match entry.kind {
                EntryKind::Nothing => {}
                EntryKind::Own(_) | EntryKind::Shared(_) | EntryKind::SharedIsolated(..) => {
                    ids.push(entry.id)
                }
                EntryKind::Stack(_) | EntryKind::Span(_) => {
                    outside = entry.stack_id;
                    break;
                }
            }
        }
        let ids = ids.into_iter().rev();
        ids.fold(outside, stack_id_on)
    }

    /// The isolated scope that the entry opens.
    pub(crate) fn isolated(&self) -> Option<&Arc<Isolated>> {
        match &self.kind {
            EntryKind::Own(Frame::Isolated(isolated)) | EntryKind::SharedIsolated(_, isolated) => {
                Some(isolated.shared())
            }
            _ => None,
        }
    }

    /// A copy for the first who wants to keep a user's frame: most often nobody else will, and then
    /// the frame need not be shared, which is counted on both sides.
    #[inline]
    fn copy_to(&mut self, place: &mut Snapshot) -> bool {
        let EntryKind::Own(Frame::User(user)) = &self.kind else {
            return false;
        };
        let outer = self.outer.as_deref();
        let outside = match outer {
            Some(outer) => outer.kind.stack(),
            None => Some(None),
        };
        let Some(outside) = outside.filter(|_| !self.is_copied && user.is_only_id()) else {
            return false;
        };
        self.is_copied = true;
        place.stack = outside.cloned();
        place.top = Some(Top {
            user: user.clone(),
            stack_id: self.stack_id,
            frame_id: self.id,
        });
        true
    }
}

/// The number of what is current at the top.
#[inline]
pub(crate) fn serial_at(top: Option<&StackEntry>) -> u64 {
    top.map_or(EMPTY, |entry| entry.stack_id)
}

/// The entries from the top outwards.
pub(crate) fn entries(top: Option<&StackEntry>) -> impl Iterator<Item = &StackEntry> {
    std::iter::successors(top, |entry| entry.outer.as_deref())
}

/// Writes what is current at the top to its place, which is empty.
#[inline]
pub(crate) fn capture_to(place: &mut Snapshot, top: &mut Option<Box<StackEntry>>) {
    if !top.as_mut().is_some_and(|entry| entry.copy_to(place)) {
        place.stack = into_shared(top);
    }
}

/// Makes what is current at the top a stack that others can hold.
pub(crate) fn into_shared(top: &mut Option<Box<StackEntry>>) -> Stack {
    let mut inner = None;
    let mut stack = loop {
        let Some(mut entry) = top.take() else {
            break None;
        };
        if let Some(stack) = entry.kind.stack() {
            let stack = stack.cloned();
            *top = Some(entry);
            break stack;
        }
        *top = replace(&mut entry.outer, inner);
        inner = Some(entry);
    };
    while let Some(mut entry) = inner {
        inner = entry.outer.take();
        match replace(&mut entry.kind, EntryKind::Nothing) {
            EntryKind::Own(Frame::Isolated(opening)) => {
                let frame = Frame::Isolated(opening.reference());
                let node = Node::known(frame, stack, entry.stack_id, entry.id);
                entry.kind = EntryKind::SharedIsolated(node.clone(), opening);
                stack = Some(node);
            }
            EntryKind::Own(frame) => {
                let node = Node::known(frame, stack, entry.stack_id, entry.id);
                entry.kind = EntryKind::Shared(node.clone());
                stack = Some(node);
            }
            // The loop above ended at what is shared already.
            other => entry.kind = other,
        }
        entry.outer = top.take();
        *top = Some(entry);
    }
    stack
}

/// As [`share`], of what a task sees, where other tasks have entries on the stack: their entries, and
/// the nodes that the entries keep, stay as they are.
pub(crate) fn share_view(top: Option<&StackEntry>, task: Option<Task>) -> Stack {
    let mut inside = Vec::new();
    let mut stack = None;
    for entry in entries(top).filter(|entry| !entry.is_hidden_from(task)) {
        match &entry.kind {
            EntryKind::Nothing => {}
            EntryKind::Own(frame) => inside.push((frame, entry)),
            EntryKind::Shared(node) | EntryKind::SharedIsolated(node, _) => {
                inside.push((&node.frame, entry))
            }
            EntryKind::Stack(captured) => {
                stack.clone_from(captured);
                break;
            }
            EntryKind::Span(span) => {
                stack = Some(span.node.clone());
                break;
            }
        }
    }
    let inside = inside.into_iter().rev();
    inside.fold(stack, |stack, (frame, entry)| {
        let serial = entry.serial_seen_by(task);
        Some(Node::known(frame.captured(), stack, serial, entry.id))
    })
}

/// Puts a list of entries, the outermost first, on top of the stack, and settles each entry there.
pub(crate) fn cover(top: &mut Option<Box<StackEntry>>, mut entries: Option<Box<StackEntry>>) {
    while let Some(mut entry) = entries {
        entries = replace(&mut entry.outer, top.take());
        entry.settle();
        *top = Some(entry);
    }
}

/// What becomes of an entry when one further out is taken out.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    Falls,
    /// Stays, since it has nothing to do with the one that is taken out.
    Stays,
    /// Stays, with all that is inside of it.
    Shields,
}

/// Takes out the entry with that number from anywhere under the top, with those inside of it that
/// fall; what stays inside is put on what is outside of it. Returns what was taken out, innermost first.
pub(crate) fn remove(
    top: &mut Option<Box<StackEntry>>,
    id: u64,
    fate: impl Fn(&StackEntry) -> Fate,
) -> Option<Box<StackEntry>> {
    if !entries(top.as_deref()).any(|entry| entry.id == id) {
        return None;
    }
    // The entries inside it, outermost first.
    let mut inside = None;
    let mut found = None;
    while let Some(mut entry) = top.take() {
        *top = entry.outer.take();
        if entry.id == id {
            found = Some(entry);
            break;
        }
        entry.outer = inside;
        inside = Some(entry);
    }
    let mut is_shielded = false;
    while let Some(mut entry) = inside {
        inside = entry.outer.take();
        let fate = match is_shielded {
            true => Fate::Shields,
            false => fate(&entry),
        };
        is_shielded = fate == Fate::Shields;
        if fate == Fate::Falls {
            entry.outer = found;
            found = Some(entry);
        } else {
            entry.outer = top.take();
            entry.settle();
            *top = Some(entry);
        }
    }
    found
}

/// Many that are left open are dropped one by one, since recursion would overflow the thread's
/// stack.
impl Drop for StackEntry {
    fn drop(&mut self) {
        let mut next = self.outer.take();
        while let Some(mut entry) = next {
            next = entry.outer.take();
        }
    }
}
