//! The entries of a thread's stack.

use std::mem::{forget, replace, take};
use std::panic::Location;
use std::sync::Arc;

use crate::frame::{Frame, Isolated};
use crate::model::User;
use crate::stack::entry_kind::EntryKind;
use crate::stack::ids::{new_id, stack_id_on, EMPTY, UNPLACED};
use crate::stack::node::{Node, Stack};
use crate::stack::owner::Task;
use crate::stack::snapshot::{Snapshot, Top};

/// One entry on the stack of a thread: of a guard, a closure, a poll, a drop or an entered span.
pub(crate) struct StackEntry {
    pub(crate) kind: EntryKind,
    pub(crate) outer: Option<Box<StackEntry>>,
    /// The id of the stack that is current inside the entry.
    pub(crate) stack_id: u64,
    /// Identifies the entry outside for which `stack_id` was computed. See [`Self::current_base_id`].
    base_id: u64,
    /// The id of the entry, and the frame id of its frame.
    pub(crate) id: u64,
    pub(crate) exit_rule: ExitRule,
    /// The task that opened the entry, if entries of this rule [have one](ExitRule::belongs_to_task).
    pub(crate) owner: Option<Task>,
    /// Where the guard was entered.
    pub(crate) entered_at: Option<&'static Location<'static>>,
    /// Whether a snapshot has a copy of the frame.
    is_copied: bool,
}

/// When an entry exits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ExitRule {
    /// At the drop of a guard. Guards drop in any order.
    Guard,
    /// At the end of a closure.
    Closure,
    /// At the exit of a span.
    Span,
    /// At the end of one poll of a future or stream.
    Poll,
    /// At the end of the drop of a future or stream.
    Dropping,
}

impl ExitRule {
    /// Whether an entry of this rule can be on the stack while another task runs on the thread.
    #[inline]
    pub(crate) fn belongs_to_task(self) -> bool {
        matches!(self, Self::Guard | Self::Closure | Self::Span)
    }
}

impl StackEntry {
    /// An entry that is on no stack yet, in the box of the pooled entry if there is one.
    #[inline(always)]
    pub(crate) fn from_pool(pooled: Option<Box<Self>>, kind: EntryKind) -> Box<Self> {
        match pooled {
            Some(mut entry) => {
                // The kind of a pooled entry holds nothing to drop.
                forget(replace(&mut entry.kind, kind));
                entry.is_copied = false;
                entry
            }
            None => Self::new(kind),
        }
    }

    /// As [`from_pool`](Self::from_pool), with an empty user that the caller fills in place. The pooled
    /// entry mostly holds a user already, so that the kind need not be written.
    #[inline(always)]
    pub(crate) fn user_from_pool(pooled: Option<Box<Self>>) -> Box<Self> {
        match pooled {
            Some(mut entry) => {
                match &mut entry.kind {
                    EntryKind::Own(Frame::User(user, _)) => forget(take(user)),
                    kind => forget(replace(kind, EntryKind::Own(Frame::empty_user()))),
                }
                entry.is_copied = false;
                entry
            }
            None => Self::new(EntryKind::Own(Frame::empty_user())),
        }
    }

    #[cold]
    fn new(kind: EntryKind) -> Box<Self> {
        Box::new(Self {
            kind,
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

    /// Gives the entry a new id and its exit rule. [`rebase`](Self::rebase) computes the stack id later.
    #[inline]
    pub(crate) fn prepare(&mut self, exit_rule: ExitRule) -> u64 {
        let id = new_id();
        if !matches!(self.kind, EntryKind::Own(_)) {
            self.take_stack_id();
        }
        self.exit_rule = exit_rule;
        self.base_id = UNPLACED;
        self.id = id;
        id
    }

    /// Sets the stack id of an entry that replaces the stack outside.
    #[inline(never)]
    fn take_stack_id(&mut self) {
        if let Some(stack) = self.kind.stack() {
            self.stack_id = stack.map_or(EMPTY, |node| node.stack_id());
        }
    }

    /// A clone with the same ids, which is on no stack.
    pub(crate) fn detached_clone(&self, pooled: Option<Box<Self>>) -> Box<Self> {
        let mut clone = self.clone_without_ids(pooled);
        clone.stack_id = self.stack_id;
        clone.base_id = self.base_id;
        clone.id = self.id;
        clone.exit_rule = self.exit_rule;
        clone
    }

    /// A clone for [`prepare`](Self::prepare), which sets the ids.
    #[inline]
    pub(crate) fn clone_without_ids(&self, pooled: Option<Box<Self>>) -> Box<Self> {
        let kind = match &self.kind {
            // In place, since most scopes hold a user: cloning first and moving then causes a
            // store-forwarding stall.
            EntryKind::Own(Frame::User(user, set_at)) => {
                let mut clone = Self::user_from_pool(pooled);
                if let EntryKind::Own(Frame::User(place, place_set_at)) = &mut clone.kind {
                    // The user from the pool is empty.
                    forget(replace(place, user.clone()));
                    *place_set_at = *set_at;
                }
                return clone;
            }
            EntryKind::Nothing => EntryKind::Nothing,
            EntryKind::Own(frame) => EntryKind::Own(frame.clone()),
            EntryKind::Shared(node) => EntryKind::Shared(node.clone()),
            EntryKind::SharedIsolated(node, opening) => {
                EntryKind::SharedIsolated(node.clone(), opening.clone())
            }
            EntryKind::Stack(stack) => EntryKind::Stack(stack.clone()),
            EntryKind::Span(span) => EntryKind::Stack(Some(span.node.clone())),
        };
        Self::from_pool(pooled, kind)
    }

    /// Identifies the entry outside and the stack that the entry is on. The stack id alone would not
    /// do: two guards of one captured stack have the same stack id.
    #[inline]
    fn current_base_id(&self) -> u64 {
        self.outer.as_deref().map_or(EMPTY, |entry| {
            // The stack id of an entry that replaces the stack does not depend on the entries outside;
            // the base id does.
            entry
                .stack_id
                .wrapping_add(entry.id)
                .wrapping_add(entry.base_id)
        })
    }

    /// Whether the stack id was computed for the entry that is outside now.
    #[inline]
    pub(crate) fn has_current_base(&self) -> bool {
        self.base_id == self.current_base_id()
    }

    /// Computes the stack id again if the entry outside is another one.
    #[inline]
    pub(crate) fn rebase_if_moved(&mut self) {
        if !self.has_current_base() {
            self.rebase();
        }
    }

    /// Computes the stack id for the entry that is outside now. On another stack the entry has another
    /// stack id, so that a cached attribution of the old stack is not used.
    #[inline]
    pub(crate) fn rebase(&mut self) {
        let outer_id = stack_id_at(self.outer.as_deref());
        self.base_id = self.current_base_id();
        match &self.kind {
            EntryKind::Own(_) => self.stack_id = stack_id_on(outer_id, self.id),
            _ => self.rebase_shared(outer_id),
        }
    }

    #[cold]
    fn rebase_shared(&mut self, outer_id: u64) {
        match &self.kind {
            EntryKind::Nothing => self.stack_id = outer_id,
            EntryKind::Stack(_) | EntryKind::Span(_) => {}
            EntryKind::Own(_) | EntryKind::Shared(_) | EntryKind::SharedIsolated(..) => {
                self.stack_id = stack_id_on(outer_id, self.id);
                self.unshare();
            }
        }
    }

    /// Takes the frame out of the node, whose parent is not the stack outside any more.
    fn unshare(&mut self) {
        self.kind = match replace(&mut self.kind, EntryKind::Nothing) {
            EntryKind::Shared(node) => EntryKind::Own(node.into_frame()),
            EntryKind::SharedIsolated(_, opening) => EntryKind::Own(Frame::Isolated(opening)),
            other => other,
        };
    }

    /// Removes the entries outside that tasks left open, up to the innermost poll. Returns the entries
    /// that `task` sees, and the entries that are hidden from `task`, each list outermost first.
    pub(crate) fn take_unclosed(&mut self, task: Option<Task>) -> [Option<Box<Self>>; 2] {
        let (mut visible, mut hidden) = (None, None);
        while let Some(mut entry) = self
            .outer
            .take_if(|entry| entry.exit_rule.belongs_to_task())
        {
            let list = match entry.is_hidden_from(task) {
                true => &mut hidden,
                false => &mut visible,
            };
            self.outer = replace(&mut entry.outer, list.take());
            *list = Some(entry);
        }
        [visible, hidden]
    }

    /// Whether the entry belongs to another task than `task`.
    #[inline]
    pub(crate) fn is_hidden_from(&self, task: Option<Task>) -> bool {
        self.exit_rule.belongs_to_task() && self.owner != task
    }

    /// The stack id of the frames that `task` sees from this entry outwards.
    pub(crate) fn stack_id_seen_by(&self, task: Option<Task>) -> u64 {
        let mut outer_id = EMPTY;
        let mut ids = Vec::new();
        for entry in entries(Some(self)).filter(|entry| !entry.is_hidden_from(task)) {
            match entry.kind {
                EntryKind::Nothing => {}
                EntryKind::Own(_) | EntryKind::Shared(_) | EntryKind::SharedIsolated(..) => {
                    ids.push(entry.id)
                }
                EntryKind::Stack(_) | EntryKind::Span(_) => {
                    outer_id = entry.stack_id;
                    break;
                }
            }
        }
        let ids = ids.into_iter().rev();
        ids.fold(outer_id, stack_id_on)
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

    /// Copies the frame of a user into an empty snapshot, once. Most frames are captured once, and a
    /// copy of a short id costs less than an allocated node with a reference count.
    #[inline]
    fn copy_to(&mut self, snapshot: &mut Snapshot) -> bool {
        let EntryKind::Own(Frame::User(user, set_at)) = &self.kind else {
            return false;
        };
        let outer = self.outer.as_deref();
        let outer_stack = match outer {
            Some(outer) => outer.kind.stack(),
            None => Some(None),
        };
        let Some(outer_stack) = outer_stack.filter(|_| !self.is_copied && user.is_only_id()) else {
            return false;
        };
        self.is_copied = true;
        snapshot.stack = outer_stack.cloned();
        let top = snapshot.top.insert(Top {
            user: User::default(),
            set_at: *set_at,
            stack_id: self.stack_id,
            frame_id: self.id,
        });
        top.user.clone_from(user);
        true
    }
}

/// The id of the stack whose innermost entry is `top`.
#[inline]
pub(crate) fn stack_id_at(top: Option<&StackEntry>) -> u64 {
    top.map_or(EMPTY, |entry| entry.stack_id)
}

/// The entries from `top` outwards.
pub(crate) fn entries(top: Option<&StackEntry>) -> impl Iterator<Item = &StackEntry> {
    std::iter::successors(top, |entry| entry.outer.as_deref())
}

/// Captures the stack into an empty snapshot.
#[inline]
pub(crate) fn capture_to(snapshot: &mut Snapshot, top: &mut Option<Box<StackEntry>>) {
    let Some(entry) = top.as_mut() else {
        return;
    };
    // From the second capture on, the stack is shared.
    if let Some(stack) = entry.kind.stack() {
        snapshot.stack = stack.cloned();
    } else if !entry.copy_to(snapshot) {
        snapshot.stack = into_shared(top);
    }
}

/// Turns the own frames of the stack into shared nodes, and returns the innermost node.
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
                let node = Node::with_ids(frame, stack, entry.stack_id, entry.id);
                entry.kind = EntryKind::SharedIsolated(node.clone(), opening);
                stack = Some(node);
            }
            EntryKind::Own(frame) => {
                let node = Node::with_ids(frame, stack, entry.stack_id, entry.id);
                entry.kind = EntryKind::Shared(node.clone());
                stack = Some(node);
            }
            // The first loop stops at a shared entry, so this is `Nothing`.
            other => entry.kind = other,
        }
        entry.outer = top.take();
        *top = Some(entry);
    }
    stack
}

/// As [`into_shared`], of the frames that `task` sees. Makes new nodes and leaves the entries as they
/// are: the nodes of the entries have frames of other tasks as parents.
pub(crate) fn shared_view(top: Option<&StackEntry>, task: Option<Task>) -> Stack {
    let mut inner = Vec::new();
    let mut stack = None;
    for entry in entries(top).filter(|entry| !entry.is_hidden_from(task)) {
        match &entry.kind {
            EntryKind::Nothing => {}
            EntryKind::Own(frame) => inner.push((frame, entry)),
            EntryKind::Shared(node) | EntryKind::SharedIsolated(node, _) => {
                inner.push((&node.frame, entry))
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
    let inner = inner.into_iter().rev();
    inner.fold(stack, |stack, (frame, entry)| {
        let stack_id = entry.stack_id_seen_by(task);
        Some(Node::with_ids(frame.captured(), stack, stack_id, entry.id))
    })
}

/// Pushes a list of entries, outermost first, and rebases each entry that moved.
pub(crate) fn push_all(top: &mut Option<Box<StackEntry>>, mut entries: Option<Box<StackEntry>>) {
    while let Some(mut entry) = entries {
        entries = replace(&mut entry.outer, top.take());
        entry.rebase_if_moved();
        *top = Some(entry);
    }
}

/// What [`remove`] does with an entry inside the removed entry.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Removal {
    /// Removes the entry too.
    Remove,
    /// Keeps the entry, and decides about the entries inside.
    Keep,
    /// Keeps the entry and every entry inside.
    KeepRest,
}

/// Removes the entry with `id`, and the entries inside for which `removal_of` returns
/// [`Removal::Remove`]. The other entries inside move to the entry outside. Returns the removed entries,
/// innermost first.
pub(crate) fn remove(
    top: &mut Option<Box<StackEntry>>,
    id: u64,
    removal_of: impl Fn(&StackEntry) -> Removal,
) -> Option<Box<StackEntry>> {
    if !entries(top.as_deref()).any(|entry| entry.id == id) {
        return None;
    }
    // The entries inside the removed entry, outermost first.
    let mut inner = None;
    let mut found = None;
    while let Some(mut entry) = top.take() {
        *top = entry.outer.take();
        if entry.id == id {
            found = Some(entry);
            break;
        }
        entry.outer = inner;
        inner = Some(entry);
    }
    let mut keeps_rest = false;
    while let Some(mut entry) = inner {
        inner = entry.outer.take();
        let removal = match keeps_rest {
            true => Removal::KeepRest,
            false => removal_of(&entry),
        };
        keeps_rest = removal == Removal::KeepRest;
        if removal == Removal::Remove {
            entry.outer = found;
            found = Some(entry);
        } else {
            entry.outer = top.take();
            entry.rebase_if_moved();
            *top = Some(entry);
        }
    }
    found
}

/// Drops a long list in a loop: recursive drops would overflow the call stack.
impl Drop for StackEntry {
    fn drop(&mut self) {
        let mut next = self.outer.take();
        while let Some(mut entry) = next {
            next = entry.outer.take();
        }
    }
}
