//! Spans as frames: what entering one makes current, and what its exit undoes.

use std::cell::Cell;
use std::hash::Hasher as _;
use std::sync::Arc;

use crate::frame::{Frame, SpanIdentity};
use crate::stack::entry::{remove, ExitRule, Fate, StackEntry};
use crate::stack::entry_kind::{EnteredSpan, EntryKind};
use crate::stack::frames::Frames;
use crate::stack::ids::SpanKey;
use crate::stack::node::{nodes, Node, Stack};
use crate::stack::noop_entry::{KnownSpan, NoopEntry, REMEMBERED};
use crate::stack::owner::{current_task, View};
use crate::stack::snapshot::Snapshot;
use crate::stack::span_entry::{Conflict, SpanEntry};
use crate::stack::thread_state::{local, ThreadState};

/// Enters the stack of a span: replaces what is current whole, unless it is there already, or
/// names nobody.
///
/// What may yet be recorded on the span goes on top in any case, since from then on it counts.
pub(crate) fn enter_span(
    span: KnownSpan,
    stack: &Stack,
    rule: impl Fn(&Stack, Frames<'_>) -> SpanEntry,
) -> Option<Conflict> {
    local(|local| match Current(local).entry_of(stack, rule) {
        Entry::Opens(node, conflict) => {
            local.open_span(span.key, node);
            conflict
        }
        // Each exit undoes its own entry: this one has nothing to undo.
        Entry::ChangesNothing => {
            local.reenter_span(span.key);
            // What changes nothing for this task can change something for one that sees more.
            if local.view() == View::Whole {
                let has_recorded = stack.as_ref().is_some_and(|top| top.has_recorded());
                local.remember(span, has_recorded, local.stack_id());
            }
            None
        }
        Entry::GivesWay(conflict) => {
            local.reenter_span(span.key);
            conflict
        }
    })
    .flatten()
}

/// What entering a span does here.
enum Entry {
    /// Makes this stack current, which may be of another user than a request that runs here.
    Opens(Arc<Node>, Option<Conflict>),
    ChangesNothing,
    /// As `ChangesNothing`, for as long as the same requests run.
    GivesWay(Option<Conflict>),
}

/// A stack that entering a span makes current.
enum Change {
    /// The span's, in place of the current one.
    InPlace(Arc<Node>),
    /// The current one, with what is recorded on the span on top.
    OnTop(Arc<Node>),
}

/// Whether entering a span with that stack would make something else current.
#[cfg(any(feature = "tokio", feature = "rayon"))]
pub(crate) fn changes_on_entry(
    stack: &Stack,
    rule: impl Fn(&Stack, Frames<'_>) -> SpanEntry,
) -> bool {
    let entry = local(|local| Current(local).entry_of(stack, rule));
    !matches!(entry, None | Some(Entry::ChangesNothing))
}

/// A span begins, with that stack; where that is what is current, entering it here is in vain.
#[inline]
pub(crate) fn span_begins(span: KnownSpan, stack: &Snapshot) {
    local(|local| {
        let serial = local.stack_id();
        if stack.stack_id() == serial && local.view() == View::Whole {
            local.remember(span, stack.has_recorded(), serial);
        }
    });
}

/// Whether entering the span here is known to change nothing.
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
    fn remember(&self, span: KnownSpan, has_recorded: bool, serial: u64) {
        // What is recorded on a span, and so what entering it changes, can change.
        if !has_recorded {
            self.noop_entry(span).set(NoopEntry {
                span,
                stack_id: serial,
            });
        }
    }

    fn open_span(&self, id: SpanKey, node: Arc<Node>) {
        let span = EnteredSpan {
            node,
            key: id,
            reentered: 0,
        };
        let mut entry = StackEntry::from_pool(self.pooled(), EntryKind::Span(span));
        entry.begin(ExitRule::Span);
        self.own(&mut entry);
        self.cover(entry, StackEntry::rebase);
        self.spans.borrow_mut().push(id);
    }

    fn has_entry(&self, span: SpanKey) -> bool {
        self.spans.borrow().iter().rev().any(|id| *id == span)
    }

    fn reenter_span(&self, id: SpanKey) {
        if self.has_entry(id) {
            self.with_top(|top| {
                if let Some(EntryKind::Span(span)) =
                    entry_of_span(top, id).map(|entry| &mut entry.kind)
                {
                    span.reentered += 1;
                }
            });
        }
    }

    pub(crate) fn forget_span(&self, span: SpanKey) {
        let mut spans = self.spans.borrow_mut();
        if let Some(at) = spans.iter().rposition(|id| *id == span) {
            spans.remove(at);
        }
    }
}

/// The innermost entry of a span that the task which runs has entered: several tasks of the thread can
/// have entered one span, with or without effect.
fn entry_of_span(top: &mut Option<Box<StackEntry>>, key: SpanKey) -> Option<&mut StackEntry> {
    let task = current_task();
    let is_it = |entry: &StackEntry| {
        matches!(&entry.kind, EntryKind::Span(span) if span.key == key) && entry.owner == task
    };
    let mut next = top.as_deref_mut();
    while let Some(entry) = next.take_if(|entry| !is_it(entry)) {
        next = entry.outer.as_deref_mut();
    }
    next
}

/// What is current.
struct Current<'a>(&'a ThreadState);

impl Current<'_> {
    /// Whether a frame of a span's stack is on the current one. The frame of a span itself goes
    /// onto several stacks, and is told by what it holds.
    fn holds(&self, node: &Node) -> bool {
        self.0
            .with_frames(|mut frames| match node.frame.as_recorded() {
                Some(recorded) => frames.any(
                    |frame| matches!(frame.as_recorded(), Some(it) if Arc::ptr_eq(it, recorded)),
                ),
                None => frames
                    .placed()
                    .any(|placed| placed.is_top_of(node.origin())),
            })
    }

    /// Tells the place where a span could belong by all frames around it that are places: one token
    /// alone would not do, since a future may be polled again inside another request.
    fn place_number(&self) -> u64 {
        let mut hasher = siphasher::sip::SipHasher13::new();
        self.0.with_frames(|frames| {
            places(frames).for_each(|token| hasher.write_u64(token));
        });
        hasher.finish()
    }

    /// Whether the place of that node is on the current stack, perhaps built anew.
    fn holds_place(&self, node: &Node) -> bool {
        let theirs = || places(Frames::from(node));
        self.0.with_frames(|frames| {
            let (here, there) = (places(frames.clone()).count(), theirs().count());
            here >= there && places(frames).skip(here - there).eq(theirs())
        })
    }

    /// What entering a span's stack does.
    fn entry_of(&self, stack: &Stack, rule: impl Fn(&Stack, Frames<'_>) -> SpanEntry) -> Entry {
        match self.change_by(stack) {
            None => Entry::ChangesNothing,
            Some(Change::OnTop(node)) => Entry::Opens(node, None),
            Some(Change::InPlace(node)) => {
                let entry = self.0.with_frames(|frames| rule(stack, frames));
                match entry.gives_way {
                    false => Entry::Opens(node, entry.conflict),
                    true => Entry::GivesWay(entry.conflict),
                }
            }
        }
    }

    /// The stack that entering a span makes current, if that is another one.
    fn change_by(&self, stack: &Stack) -> Option<Change> {
        let top = stack.as_ref()?;
        let in_place = |is_elsewhere: bool| is_elsewhere.then(|| Change::InPlace(top.clone()));
        let carries = top.identifies();
        let recorded = top.has_recorded().then(|| recorded_of(stack)).flatten();
        let Some((own, recorded)) = recorded else {
            let top = nodes(stack).find(|node| !is_hook(&node.frame));
            let is_current = top.is_some_and(|top| self.holds(top));
            return in_place(carries && !is_current);
        };
        if self.holds(own) {
            return None;
        }
        // What is recorded late does not tell where the span belongs: a future enters its span at
        // every poll, and belongs after the record where it belonged before.
        let is_place = |frame: &Frame| !frame.is_late() && !is_hook(frame);
        let scope = nodes(stack).find(|node| is_place(&node.frame));
        let change = match scope {
            Some(scope) if Frames::from(&**scope).identify_at_first() => {
                in_place(!self.holds_place(scope))
            }
            _ if carries => in_place(recorded.entered_on() != Some(self.place_number())),
            _ => {
                recorded.set_entered_on(self.place_number());
                None
            }
        };
        change.or_else(|| self.with_recorded_of(stack).map(Change::OnTop))
    }

    /// What is current, with the frames of a span's stack on top on which something is, or may yet
    /// be, recorded.
    fn with_recorded_of(&self, stack: &Stack) -> Stack {
        let current = self.0.share();
        let missing: Vec<_> = nodes(stack)
            .filter(|node| node.frame.as_recorded().is_some() && !self.holds(node))
            .collect();
        let on_top = |stack, node: &Arc<Node>| Some(node.reparented(stack));
        missing.into_iter().rev().fold(current, on_top)
    }
}

/// The tokens of the frames where a span could belong, innermost first: all but late ones and the
/// hooks of tests. They stay when a poll builds the stack on a late frame anew.
fn places(frames: Frames<'_>) -> impl Iterator<Item = u64> + '_ {
    let is_place = |frame: &Frame| !frame.is_late() && !is_hook(frame);
    let placed = frames.placed();
    placed
        .filter(move |placed| is_place(placed.frame))
        .map(|placed| placed.frame_id)
}

/// Whether this is the hook of a test, which is no place on a stack.
fn is_hook(frame: &Frame) -> bool {
    matches!(frame, Frame::Global(_))
}

/// The innermost frame of a stack that belongs to a span.
fn recorded_of(stack: &Stack) -> Option<(&Arc<Node>, &Arc<SpanIdentity>)> {
    nodes(stack).find_map(|node| Some((node, node.frame.as_recorded()?)))
}

/// Exits a span: undoes its own entry, if that changed anything, and no other's. A layer that is gone,
/// since another one was put in its place while the span was entered, is not told of the exit.
pub(crate) fn exit_span(key: SpanKey, is_gone: impl Fn(u64) -> bool) {
    local(|local| {
        let (mut is_entered, mut is_others) = (false, false);
        for (layer, id) in local.spans.borrow().iter() {
            is_entered |= (*layer, *id) == key;
            is_others |= *id == key.1 && *layer != key.0;
        }
        if is_entered {
            local.exit_span(key);
        }
        if is_others {
            local.exit_of_gone(key.1, is_gone);
        }
    });
}

impl ThreadState {
    /// Ends the entries of a span whose layers are gone.
    #[cold]
    fn exit_of_gone(&self, id: u64, is_gone: impl Fn(u64) -> bool) {
        let mut ended = self.spans.borrow().clone();
        ended.retain(|(layer, known)| *known == id && is_gone(*layer));
        ended.into_iter().for_each(|key| self.exit_span(key));
    }

    fn exit_span(&self, id: SpanKey) {
        let fallen = self.with_top(|top| {
            let entry = entry_of_span(top, id)?;
            match &mut entry.kind {
                EntryKind::Span(span) if span.reentered > 0 => {
                    span.reentered -= 1;
                    None
                }
                _ => {
                    let (id, owner) = (entry.id, entry.owner);
                    // A guard's frame that was left on top ends with the span; what stands in place
                    // of the span's stack does not.
                    remove(top, id, |entry| match entry.exit_rule {
                        _ if entry.is_hidden_from(owner) => Fate::Stays,
                        ExitRule::Guard if !entry.kind.replaces() => Fate::Falls,
                        _ => Fate::Shields,
                    })
                }
            }
        });
        self.release(fallen);
    }
}
