//! Enters and exits spans.

use std::cell::Cell;
use std::hash::Hasher as _;
use std::sync::Arc;

use crate::frame::{Frame, SpanIdentity};
use crate::stack::entry::{remove, ExitRule, Removal, StackEntry};
use crate::stack::entry_kind::{EnteredSpan, EntryKind};
use crate::stack::frames::Frames;
use crate::stack::ids::SpanKey;
use crate::stack::node::{nodes, Node, Stack};
use crate::stack::noop_entry::{KnownSpan, NoopEntry, REMEMBERED};
use crate::stack::owner::{current_task, View};
use crate::stack::snapshot::Snapshot;
use crate::stack::span_entry::{Conflict, SpanEntry};
use crate::stack::thread_state::{local, ThreadState};

/// Enters a span: the stack of the span replaces the current stack, unless the current stack contains
/// the stack of the span, or the stack of the span does not identify.
///
/// The frame of the span itself becomes current in every case, on top if the stack is not replaced:
/// fields can be recorded on the span later, and hold from then on.
pub(crate) fn enter_span(
    span: KnownSpan,
    stack: &Stack,
    rule: impl Fn(&Stack, Frames<'_>) -> SpanEntry,
) -> Option<Conflict> {
    local(|local| match CurrentStack(local).effect_of(stack, rule) {
        EntryEffect::Opens(node, conflict) => {
            local.open_span(span.key, node);
            conflict
        }
        // The exit of this entry has nothing to undo.
        EntryEffect::ChangesNothing => {
            local.reenter_span(span.key);
            // An entry that changes nothing for this task can change the stack of a task that sees
            // more.
            if local.view() == View::Whole {
                let has_span_frame = stack.as_ref().is_some_and(|top| top.has_span_frame());
                local.remember_noop(span, has_span_frame, local.stack_id());
            }
            None
        }
        EntryEffect::GivesWay(conflict) => {
            local.reenter_span(span.key);
            conflict
        }
    })
    .flatten()
}

/// The effect of entering a span on the current stack.
enum EntryEffect {
    /// Makes this stack current. The conflict is with the current request.
    Opens(Arc<Node>, Option<Conflict>),
    ChangesNothing,
    /// As `ChangesNothing`, but not to be remembered: a later end of a request changes the effect.
    GivesWay(Option<Conflict>),
}

/// The stack that entering a span makes current.
enum StackChange {
    /// The stack of the span instead of the current stack.
    InPlace(Arc<Node>),
    /// The current stack, with the frames of spans on top.
    OnTop(Arc<Node>),
}

/// Whether entering a span with `stack` would change the current stack.
#[cfg(any(feature = "tokio", feature = "rayon"))]
pub(crate) fn changes_on_entry(
    stack: &Stack,
    rule: impl Fn(&Stack, Frames<'_>) -> SpanEntry,
) -> bool {
    let entry = local(|local| CurrentStack(local).effect_of(stack, rule));
    !matches!(entry, None | Some(EntryEffect::ChangesNothing))
}

/// Notes a new span with its stack. If that stack is current, entering the span changes nothing.
#[inline]
pub(crate) fn span_begins(span: KnownSpan, stack: &Snapshot) {
    local(|local| {
        let stack_id = local.stack_id();
        if stack.stack_id() == stack_id && local.view() == View::Whole {
            local.remember_noop(span, stack.has_span_frame(), stack_id);
        }
    });
}

/// Whether the thread remembers that entering the span changes nothing on the current stack.
#[inline]
pub(crate) fn is_noop_entry(span: KnownSpan) -> bool {
    let is_known = |local: &ThreadState| {
        let known = local.noop_entry(span).get();
        known.span == span
            && known.stack_id == local.stack_id()
            && !local.has_entry(span.key)
            && local.view() == View::Whole
    };
    local(is_known).unwrap_or(false)
}

impl ThreadState {
    fn noop_entry(&self, span: KnownSpan) -> &Cell<NoopEntry> {
        let (_, id) = span.key;
        &self.noop_entries[id as usize % REMEMBERED]
    }

    #[inline]
    fn remember_noop(&self, span: KnownSpan, has_span_frame: bool, stack_id: u64) {
        // Fields can be recorded on a span later, and then entering the span has another effect.
        if !has_span_frame {
            self.noop_entry(span).set(NoopEntry { span, stack_id });
        }
    }

    fn open_span(&self, key: SpanKey, node: Arc<Node>) {
        let span = EnteredSpan {
            node,
            key,
            reentered: 0,
        };
        let mut entry = StackEntry::from_pool(self.pooled(), EntryKind::Span(span));
        entry.prepare(ExitRule::Span);
        self.claim(&mut entry);
        self.push(entry, StackEntry::rebase);
        self.spans.borrow_mut().push(key);
    }

    fn has_entry(&self, key: SpanKey) -> bool {
        self.spans.borrow().iter().rev().any(|open| *open == key)
    }

    fn reenter_span(&self, key: SpanKey) {
        if self.has_entry(key) {
            self.with_top(|top| {
                if let Some(EntryKind::Span(span)) =
                    entry_of_span(top, key).map(|entry| &mut entry.kind)
                {
                    span.reentered += 1;
                }
            });
        }
    }

    pub(crate) fn forget_span(&self, key: SpanKey) {
        let mut spans = self.spans.borrow_mut();
        if let Some(index) = spans.iter().rposition(|open| *open == key) {
            spans.remove(index);
        }
    }
}

/// The innermost entry of a span that belongs to the running task. Several tasks of a thread can enter
/// one span.
fn entry_of_span(top: &mut Option<Box<StackEntry>>, key: SpanKey) -> Option<&mut StackEntry> {
    let task = current_task();
    let is_target = |entry: &StackEntry| {
        matches!(&entry.kind, EntryKind::Span(span) if span.key == key) && entry.owner == task
    };
    let mut next = top.as_deref_mut();
    while let Some(entry) = next.take_if(|entry| !is_target(entry)) {
        next = entry.outer.as_deref_mut();
    }
    next
}

/// The current stack of this thread.
struct CurrentStack<'a>(&'a ThreadState);

impl CurrentStack<'_> {
    /// Whether the current stack contains the frame of `node`. The frame of a span is on several stacks
    /// under several ids, so the address of its [`SpanIdentity`] is compared.
    fn contains_frame(&self, node: &Node) -> bool {
        self.0
            .with_frames(|mut frames| match node.frame.as_span_identity() {
                Some(span_identity) => frames.any(
                    |frame| matches!(frame.as_span_identity(), Some(other) if Arc::ptr_eq(other, span_identity)),
                ),
                None => frames
                    .with_ids()
                    .any(|placed| placed.is_top_of(node.original_stack_id())),
            })
    }

    /// Identifies the placement of a span by the ids of all [placement frames](placement_ids). One frame
    /// id would not do: a future can be polled again inside another request.
    fn placement_hash(&self) -> u64 {
        let mut hasher = siphasher::sip::SipHasher13::new();
        self.0.with_frames(|frames| {
            placement_ids(frames).for_each(|frame_id| hasher.write_u64(frame_id));
        });
        hasher.finish()
    }

    /// Whether the outermost placement frames of the current stack are those of `node`. The nodes can
    /// differ.
    fn contains_placement(&self, node: &Node) -> bool {
        let span_ids = || placement_ids(Frames::from(node));
        self.0.with_frames(|frames| {
            let (current_len, span_len) =
                (placement_ids(frames.clone()).count(), span_ids().count());
            current_len >= span_len
                && placement_ids(frames)
                    .skip(current_len - span_len)
                    .eq(span_ids())
        })
    }

    /// The effect of entering a span with `stack`.
    fn effect_of(
        &self,
        stack: &Stack,
        rule: impl Fn(&Stack, Frames<'_>) -> SpanEntry,
    ) -> EntryEffect {
        match self.change_to(stack) {
            None => EntryEffect::ChangesNothing,
            Some(StackChange::OnTop(node)) => EntryEffect::Opens(node, None),
            Some(StackChange::InPlace(node)) => {
                let decision = self.0.with_frames(|frames| rule(stack, frames));
                match decision.gives_way {
                    false => EntryEffect::Opens(node, decision.conflict),
                    true => EntryEffect::GivesWay(decision.conflict),
                }
            }
        }
    }

    /// The stack that entering a span with `stack` makes current, or `None` if nothing changes.
    fn change_to(&self, stack: &Stack) -> Option<StackChange> {
        let top = stack.as_ref()?;
        let in_place = |is_elsewhere: bool| is_elsewhere.then(|| StackChange::InPlace(top.clone()));
        let identifies = top.identifies();
        let span_identity = top
            .has_span_frame()
            .then(|| innermost_span_frame(stack))
            .flatten();
        let Some((own, span_identity)) = span_identity else {
            let top = nodes(stack).find(|node| !is_test_hook(&node.frame));
            let is_current = top.is_some_and(|top| self.contains_frame(top));
            return in_place(identifies && !is_current);
        };
        if self.contains_frame(own) {
            return None;
        }
        // Late fields do not decide where the span belongs: a future enters its span at every poll,
        // and recording a field must not move the span.
        let is_placement = |frame: &Frame| !frame.is_late() && !is_test_hook(frame);
        let scope = nodes(stack).find(|node| is_placement(&node.frame));
        let change = match scope {
            Some(scope) if Frames::from(&**scope).identifies_at_creation() => {
                in_place(!self.contains_placement(scope))
            }
            _ if identifies => in_place(span_identity.entered_on() != Some(self.placement_hash())),
            _ => {
                span_identity.set_entered_on(self.placement_hash());
                None
            }
        };
        change.or_else(|| self.current_with_span_frame(stack).map(StackChange::OnTop))
    }

    /// The current stack, with the missing frames of spans of `stack` on top.
    fn current_with_span_frame(&self, stack: &Stack) -> Stack {
        let current = self.0.shared_stack();
        let missing: Vec<_> = nodes(stack)
            .filter(|node| node.frame.as_span_identity().is_some() && !self.contains_frame(node))
            .collect();
        let push = |stack, node: &Arc<Node>| Some(node.reparented(stack));
        missing.into_iter().rev().fold(current, push)
    }
}

/// The frame ids that identify where a span belongs, innermost first: all frames except late frames
/// and test hooks. These ids stay the same when a poll builds the stack on a late frame again.
fn placement_ids(frames: Frames<'_>) -> impl Iterator<Item = u64> + '_ {
    let is_placement = |frame: &Frame| !frame.is_late() && !is_test_hook(frame);
    let placed = frames.with_ids();
    placed
        .filter(move |placed| is_placement(placed.frame))
        .map(|placed| placed.frame_id)
}

/// Whether the frame is the global layer of a test, which does not identify a placement.
fn is_test_hook(frame: &Frame) -> bool {
    matches!(frame, Frame::Global(_))
}

/// The innermost frame of a span on `stack`.
fn innermost_span_frame(stack: &Stack) -> Option<(&Arc<Node>, &Arc<SpanIdentity>)> {
    nodes(stack).find_map(|node| Some((node, node.frame.as_span_identity()?)))
}

/// Exits a span: undoes the entry of that span, if the entry changed the stack. Also undoes entries of
/// layers that are gone: a layer that was replaced while the span was entered receives no exit.
pub(crate) fn exit_span(key: SpanKey, is_gone: impl Fn(u64) -> bool) {
    local(|local| {
        let (mut is_entered, mut is_in_other_layer) = (false, false);
        for (layer, id) in local.spans.borrow().iter() {
            is_entered |= (*layer, *id) == key;
            is_in_other_layer |= *id == key.1 && *layer != key.0;
        }
        if is_entered {
            local.exit_span(key);
        }
        if is_in_other_layer {
            local.exit_gone_layers(key.1, is_gone);
        }
    });
}

impl ThreadState {
    /// Exits the entries of a span that belong to layers that are gone.
    #[cold]
    fn exit_gone_layers(&self, id: u64, is_gone: impl Fn(u64) -> bool) {
        let mut gone = self.spans.borrow().clone();
        gone.retain(|(layer, known)| *known == id && is_gone(*layer));
        gone.into_iter().for_each(|key| self.exit_span(key));
    }

    fn exit_span(&self, key: SpanKey) {
        let removed = self.with_top(|top| {
            let entry = entry_of_span(top, key)?;
            match &mut entry.kind {
                EntryKind::Span(span) if span.reentered > 0 => {
                    span.reentered -= 1;
                    None
                }
                _ => {
                    let (id, owner) = (entry.id, entry.owner);
                    // A guard that was left open inside the span ends with the span, except a guard
                    // that replaces the stack of the span.
                    remove(top, id, |entry| match entry.exit_rule {
                        _ if entry.is_hidden_from(owner) => Removal::Keep,
                        ExitRule::Guard if !entry.kind.replaces() => Removal::Remove,
                        _ => Removal::KeepRest,
                    })
                }
            }
        });
        self.release(removed);
    }
}
