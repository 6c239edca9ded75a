//! Spans as frames: what entering one makes current, and what its exit undoes.

use std::hash::Hasher as _;
use std::sync::Arc;

use super::{change, Current};
use crate::frame::{nodes, Frame, Frames, Node, Recorded, Stack};
use crate::resolve;

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

    /// Tells the place where a span could belong by all frames around it that are places: one token
    /// alone would not do, since a future may be polled again inside another request.
    fn place_number(&self) -> u64 {
        let mut hasher = siphasher::sip::SipHasher13::new();
        places(self.frames()).for_each(|token| hasher.write_u64(token));
        hasher.finish()
    }

    /// Whether the place of that node is on the current stack, perhaps built anew.
    fn holds_place(&self, node: &Node) -> bool {
        let theirs = || places(Frames::from(node));
        let (here, there) = (places(self.frames()).count(), theirs().count());
        here >= there && places(self.frames()).skip(here - there).eq(theirs())
    }

    /// What entering a span's stack makes current, if that changes anything.
    fn entry_of(&mut self, stack: &Stack, carries: bool) -> Option<Stack> {
        let Some((own, recorded)) = recorded_of(stack) else {
            let top = nodes(stack).find(|node| !is_hook(&node.entry.frame));
            let is_current = top.is_some_and(|top| self.holds(top));
            return (carries && !is_current).then(|| stack.clone());
        };
        if self.holds(own) {
            return None;
        }
        // What is recorded late does not tell where the span belongs: a future enters its span at
        // every poll, and belongs after the record where it belonged before.
        let is_place = |frame: &Frame| !frame.is_late() && !is_hook(frame);
        let scope = nodes(stack).find(|node| is_place(&node.entry.frame));
        let replacement = match scope {
            Some(scope) if resolve::carried_at_first(Frames::from(&**scope)) => {
                (!self.holds_place(scope)).then(|| stack.clone())
            }
            _ if carries => {
                (recorded.entered_on() != Some(self.place_number())).then(|| stack.clone())
            }
            _ => {
                recorded.set_entered_on(self.place_number());
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

/// The tokens of the frames where a span could belong, innermost first: all but late ones and the
/// hooks of tests. They stay when a poll builds the stack on a late frame anew.
fn places(frames: Frames<'_>) -> impl Iterator<Item = u64> + '_ {
    let is_place = |frame: &Frame| !frame.is_late() && !is_hook(frame);
    let entries = frames.entries();
    entries
        .filter(move |entry| is_place(&entry.frame))
        .map(|entry| entry.token)
}

/// Whether this is the hook of a test, which is no place on a stack.
fn is_hook(frame: &Frame) -> bool {
    matches!(frame, Frame::Global(_))
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
