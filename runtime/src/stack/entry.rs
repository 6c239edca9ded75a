//! Links: the places of a thread, each opened on top of the one outside it.

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
    pub(crate) kind_of_entry: EntryKind,
    pub(crate) outer: Option<Box<StackEntry>>,
    /// The number of what is current inside.
    pub(crate) stack_id: u64,
    /// Tells which link was outside, and on what, when this one was settled.
    base_id: u64,
    /// Tells this link from every other, and its frame, whatever that is put on.
    pub(crate) id: u64,
    pub(crate) kind: ExitRule,
    /// The task that opened the link, where the [kind](Kind::belongs_to_task) has one.
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
    /// Whether such a link can be on the stack while another task runs on the thread.
    #[inline]
    pub(crate) fn belongs_to_task(self) -> bool {
        matches!(self, Self::Guard | Self::Closure | Self::Span)
    }
}

impl StackEntry {
    /// A link that is nowhere yet, in the place of one that was left, if there is one.
    #[inline(always)]
    pub(crate) fn from_pool(spare: Option<Box<Self>>, what: EntryKind) -> Box<Self> {
        match spare {
            Some(mut link) => {
                // Nothing is left in it that has to be dropped.
                forget(replace(&mut link.kind_of_entry, what));
                link.is_copied = false;
                link
            }
            None => Self::new(what),
        }
    }

    /// As [`renewed`](Self::renewed), of a user who has yet to be written, mostly to where one was
    /// before.
    #[inline(always)]
    pub(crate) fn of_user(spare: Option<Box<Self>>) -> Box<Self> {
        match spare {
            Some(mut link) => {
                match &mut link.kind_of_entry {
                    EntryKind::Own(Frame::User(user)) => forget(take(user)),
                    what => forget(replace(what, EntryKind::Own(Frame::nothing()))),
                }
                link.is_copied = false;
                link
            }
            None => Self::new(EntryKind::Own(Frame::nothing())),
        }
    }

    #[cold]
    fn new(what: EntryKind) -> Box<Self> {
        Box::new(Self {
            kind_of_entry: what,
            outer: None,
            stack_id: 0,
            base_id: 0,
            id: 0,
            kind: ExitRule::Poll,
            owner: None,
            entered_at: None,
            is_copied: false,
        })
    }

    /// Gives the link its id, by which its end finds it; its number is known once it is settled.
    #[inline]
    pub(crate) fn begin(&mut self, kind: ExitRule) -> u64 {
        let id = new_id();
        if let Some(stack) = self.kind_of_entry.stack() {
            self.stack_id = stack.map_or(EMPTY, |node| node.stack_id());
        }
        self.kind = kind;
        self.base_id = UNPLACED;
        self.id = id;
        id
    }

    /// Another link like this one, which is nowhere yet either.
    #[inline]
    pub(crate) fn detached_clone(&self, spare: Option<Box<Self>>) -> Box<Self> {
        let what = match &self.kind_of_entry {
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
        twin.kind = self.kind;
        twin
    }

    /// Tells the link outside from every other, and from itself on another stack: two guards of one
    /// captured stack have the number of that stack.
    #[inline]
    fn outside_now(&self) -> u64 {
        self.outer.as_deref().map_or(EMPTY, |link| {
            // Of a stack in place of what is outside, the number says nothing of what is outside.
            link.stack_id
                .wrapping_add(link.id)
                .wrapping_add(link.base_id)
        })
    }

    /// Whether the link was settled on what is outside now.
    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        self.base_id == self.outside_now()
    }

    /// Settles what the link is on what is outside now.
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
        match &self.kind_of_entry {
            EntryKind::Own(_) => self.stack_id = stack_id_on(outside, self.id),
            _ => self.settle_shared(outside),
        }
    }

    #[cold]
    fn settle_shared(&mut self, outside: u64) {
        match &self.kind_of_entry {
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
        self.kind_of_entry = match replace(&mut self.kind_of_entry, EntryKind::Nothing) {
            EntryKind::Shared(node) => EntryKind::Own(node.into_frame()),
            EntryKind::SharedIsolated(_, opening) => EntryKind::Own(Frame::Isolated(opening)),
            other => other,
        };
    }

    /// Takes off what tasks left open outside, up to the innermost poll: the links that `task` sees,
    /// and those of other tasks, each the outermost first.
    pub(crate) fn take_left_open(&mut self, task: Option<Task>) -> [Option<Box<Self>>; 2] {
        let (mut own, mut others) = (None, None);
        while let Some(mut link) = self.outer.take_if(|link| link.kind.belongs_to_task()) {
            let place = match link.is_hidden_from(task) {
                true => &mut others,
                false => &mut own,
            };
            self.outer = replace(&mut link.outer, place.take());
            *place = Some(link);
        }
        [own, others]
    }

    /// Whether the link is hidden from that task, since it belongs to another one.
    #[inline]
    pub(crate) fn is_hidden_from(&self, task: Option<Task>) -> bool {
        self.kind.belongs_to_task() && self.owner != task
    }

    /// The number of the stack that the task sees from here outwards.
    pub(crate) fn serial_seen_by(&self, task: Option<Task>) -> u64 {
        let mut outside = EMPTY;
        let mut ids = Vec::new();
        for link in links(Some(self)).filter(|link| !link.is_hidden_from(task)) {
            match link.kind_of_entry {
                EntryKind::Nothing => {}
                EntryKind::Own(_) | EntryKind::Shared(_) | EntryKind::SharedIsolated(..) => {
                    ids.push(link.id)
                }
                EntryKind::Stack(_) | EntryKind::Span(_) => {
                    outside = link.stack_id;
                    break;
                }
            }
        }
        let ids = ids.into_iter().rev();
        ids.fold(outside, stack_id_on)
    }

    /// The isolated scope that the link opens.
    pub(crate) fn isolated(&self) -> Option<&Arc<Isolated>> {
        match &self.kind_of_entry {
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
        let EntryKind::Own(Frame::User(user)) = &self.kind_of_entry else {
            return false;
        };
        let outer = self.outer.as_deref();
        let outside = match outer {
            Some(outer) => outer.kind_of_entry.stack(),
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
    top.map_or(EMPTY, |link| link.stack_id)
}

/// The links from the top outwards.
pub(crate) fn links(top: Option<&StackEntry>) -> impl Iterator<Item = &StackEntry> {
    std::iter::successors(top, |link| link.outer.as_deref())
}

/// Writes what is current at the top to its place, which is empty.
#[inline]
pub(crate) fn capture_to(place: &mut Snapshot, top: &mut Option<Box<StackEntry>>) {
    if !top.as_mut().is_some_and(|link| link.copy_to(place)) {
        place.stack = into_shared(top);
    }
}

/// Makes what is current at the top a stack that others can hold.
pub(crate) fn into_shared(top: &mut Option<Box<StackEntry>>) -> Stack {
    let mut inner = None;
    let mut stack = loop {
        let Some(mut link) = top.take() else {
            break None;
        };
        if let Some(stack) = link.kind_of_entry.stack() {
            let stack = stack.cloned();
            *top = Some(link);
            break stack;
        }
        *top = replace(&mut link.outer, inner);
        inner = Some(link);
    };
    while let Some(mut link) = inner {
        inner = link.outer.take();
        match replace(&mut link.kind_of_entry, EntryKind::Nothing) {
            EntryKind::Own(Frame::Isolated(opening)) => {
                let frame = Frame::Isolated(opening.reference());
                let node = Node::known(frame, stack, link.stack_id, link.id);
                link.kind_of_entry = EntryKind::SharedIsolated(node.clone(), opening);
                stack = Some(node);
            }
            EntryKind::Own(frame) => {
                let node = Node::known(frame, stack, link.stack_id, link.id);
                link.kind_of_entry = EntryKind::Shared(node.clone());
                stack = Some(node);
            }
            // The loop above ended at what is shared already.
            other => link.kind_of_entry = other,
        }
        link.outer = top.take();
        *top = Some(link);
    }
    stack
}

/// As [`share`], of what a task sees, where other tasks have links on the stack: their links, and
/// the nodes that the links keep, stay as they are.
pub(crate) fn share_view(top: Option<&StackEntry>, task: Option<Task>) -> Stack {
    let mut inside = Vec::new();
    let mut stack = None;
    for link in links(top).filter(|link| !link.is_hidden_from(task)) {
        match &link.kind_of_entry {
            EntryKind::Nothing => {}
            EntryKind::Own(frame) => inside.push((frame, link)),
            EntryKind::Shared(node) | EntryKind::SharedIsolated(node, _) => {
                inside.push((&node.frame, link))
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
    inside.fold(stack, |stack, (frame, link)| {
        let serial = link.serial_seen_by(task);
        Some(Node::known(frame.captured(), stack, serial, link.id))
    })
}

/// Puts a list of links, the outermost first, on top of the stack, and settles each link there.
pub(crate) fn cover(top: &mut Option<Box<StackEntry>>, mut links: Option<Box<StackEntry>>) {
    while let Some(mut link) = links {
        links = replace(&mut link.outer, top.take());
        link.settle();
        *top = Some(link);
    }
}

/// What becomes of a link when one further out is taken out.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    Falls,
    /// Stays, since it has nothing to do with the one that is taken out.
    Stays,
    /// Stays, with all that is inside of it.
    Shields,
}

/// Takes out the link with that number from anywhere under the top, with those inside of it that
/// fall; what stays inside is put on what is outside of it. Returns what was taken out, innermost first.
pub(crate) fn remove(
    top: &mut Option<Box<StackEntry>>,
    id: u64,
    fate: impl Fn(&StackEntry) -> Fate,
) -> Option<Box<StackEntry>> {
    if !links(top.as_deref()).any(|link| link.id == id) {
        return None;
    }
    // The links inside it, outermost first.
    let mut inside = None;
    let mut found = None;
    while let Some(mut link) = top.take() {
        *top = link.outer.take();
        if link.id == id {
            found = Some(link);
            break;
        }
        link.outer = inside;
        inside = Some(link);
    }
    let mut is_shielded = false;
    while let Some(mut link) = inside {
        inside = link.outer.take();
        let fate = match is_shielded {
            true => Fate::Shields,
            false => fate(&link),
        };
        is_shielded = fate == Fate::Shields;
        if fate == Fate::Falls {
            link.outer = found;
            found = Some(link);
        } else {
            link.outer = top.take();
            link.settle();
            *top = Some(link);
        }
    }
    found
}

/// Many that are left open are dropped one by one, since recursion would overflow the thread's
/// stack.
impl Drop for StackEntry {
    fn drop(&mut self) {
        let mut next = self.outer.take();
        while let Some(mut link) = next {
            next = link.outer.take();
        }
    }
}
