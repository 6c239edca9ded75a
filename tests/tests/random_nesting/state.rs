//! A model of the stack of each thread: a plain list.

use std::collections::BTreeMap;
use std::pin::Pin;

use fastrand::Rng;
use tracing::Span;
use whose::{Scope, Scoped};

use super::{StepFuture, THREADS};

pub(crate) const USERS: [&str; 4] = [
    "alice",
    "bob",
    "carol",
    "a name that is too long to be kept in place",
];

/// The maximum depth. A deeper stack would be flattened when it is captured.
pub(crate) const MAX_DEPTH: usize = 20;

pub(crate) type User = Option<&'static str>;

/// The data of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ScopeData {
    User(&'static str),
    Anonymous,
    Tag,
    /// The isolated scope with that number.
    Isolated(usize),
}

/// A frame, and the id of the stack below and including the frame.
pub(crate) type FrameOnStack = (u64, ScopeData);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EntryKind {
    /// No frame. Scopes left open inside the entry end with the entry.
    Empty,
    Frame(ScopeData),
    /// Replaces the outer frames. Innermost first.
    Stack(Vec<FrameOnStack>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ExitRule {
    Guard,
    Closure,
    Dropping,
    Span(usize),
}

/// An entry of the list.
#[derive(Clone, Debug)]
pub(crate) struct StackEntry {
    pub(crate) kind: EntryKind,
    pub(crate) exit_rule: ExitRule,
    pub(crate) number: u64,
    pub(crate) stack_id: u64,
    pub(crate) reentered: u32,
}

/// A future with its last entry.
pub(crate) struct Task {
    pub(crate) future: Pin<Box<Scoped<StepFuture>>>,
    pub(crate) entry: Option<StackEntry>,
}

pub(crate) struct SpanState {
    pub(crate) span: Span,
    /// The stack of the span, if the span is a frame.
    pub(crate) stack: Option<Vec<FrameOnStack>>,
    pub(crate) user: Option<User>,
}

pub(crate) struct State {
    pub(crate) rng: Rng,
    pub(crate) last_number: u64,
    /// The id of each stack, by the id of the outer stack and the number of the frame.
    pub(crate) stacks: BTreeMap<(u64, u64), u64>,
    pub(crate) depth: usize,
    /// The index of the thread that runs the program now.
    pub(crate) here: usize,
    pub(crate) threads: [Vec<StackEntry>; THREADS],
    pub(crate) isolated: Vec<(Scope, Option<ScopeData>)>,
    /// The last user of each isolated scope, including a cleared user, and the number of the last
    /// span or event before the write.
    pub(crate) last_users: Vec<Option<(&'static str, usize)>>,
    pub(crate) captured: Vec<(Scope, Vec<FrameOnStack>)>,
    pub(crate) spans: BTreeMap<usize, SpanState>,
    /// Spans held only by the spans inside them.
    pub(crate) closing: BTreeMap<usize, SpanState>,
    /// The number of the last span or event.
    pub(crate) last_n: usize,
    pub(crate) tasks: Vec<Task>,
    /// The expected user of each event.
    pub(crate) expected: BTreeMap<usize, User>,
    pub(crate) is_ending: bool,
}

impl State {
    pub(crate) fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(crate) fn entries(&mut self) -> &mut Vec<StackEntry> {
        &mut self.threads[self.here]
    }

    pub(crate) fn stack_id(&self) -> u64 {
        self.threads[self.here]
            .last()
            .map_or(0, |entry| entry.stack_id)
    }

    pub(crate) fn frames(&self) -> Vec<FrameOnStack> {
        let mut frames = Vec::new();
        for entry in self.threads[self.here].iter().rev() {
            match &entry.kind {
                EntryKind::Empty => {}
                EntryKind::Frame(data) => frames.push((entry.stack_id, *data)),
                EntryKind::Stack(stack) => {
                    frames.extend(stack);
                    break;
                }
            }
        }
        frames
    }

    /// The user setting of a frame. `None` if it is unset.
    fn setting(&self, data: ScopeData) -> Option<ScopeData> {
        match data {
            ScopeData::Tag => None,
            ScopeData::Isolated(index) => self.isolated[index].1,
            setting => Some(setting),
        }
    }

    /// The user setting of these frames. `None` if it is unset.
    pub(crate) fn user_of(&self, frames: &[FrameOnStack]) -> Option<User> {
        frames
            .iter()
            .find_map(|(_, data)| match self.setting(*data)? {
                ScopeData::User(user) => Some(Some(user)),
                _ => Some(None),
            })
    }

    pub(crate) fn user(&self) -> User {
        self.user_of(&self.frames()).flatten()
    }

    pub(crate) fn new_entry(&mut self, kind: EntryKind, exit_rule: ExitRule) -> StackEntry {
        let number = self.number();
        let stack_id = match &kind {
            EntryKind::Empty | EntryKind::Frame(_) => number,
            EntryKind::Stack(stack) => stack.first().map_or(0, |(stack_id, _)| *stack_id),
        };
        StackEntry {
            kind,
            exit_rule,
            number,
            stack_id,
            reentered: 0,
        }
    }

    /// A frame on an outer stack always has the same stack id, on every thread.
    fn stack_of(&mut self, outer: u64, frame: u64) -> u64 {
        match self.stacks.get(&(outer, frame)) {
            Some(known) => *known,
            None => {
                let number = self.number();
                self.stacks.insert((outer, frame), number);
                number
            }
        }
    }

    pub(crate) fn push(&mut self, mut entry: StackEntry) {
        let outer = self.stack_id();
        match entry.kind {
            EntryKind::Empty => entry.stack_id = outer,
            EntryKind::Frame(_) => entry.stack_id = self.stack_of(outer, entry.number),
            EntryKind::Stack(_) => {}
        }
        self.entries().push(entry);
    }

    /// Removes an entry and the matching entries directly inside it. Other entries stay.
    pub(crate) fn remove(&mut self, index: usize, ends: impl Fn(&StackEntry) -> bool) {
        let inside = self.entries().split_off(index + 1);
        self.entries().pop();
        for entry in inside.into_iter().skip_while(ends) {
            self.push(entry);
        }
    }

    /// Removes the innermost matching entry and all entries inside it.
    pub(crate) fn end(&mut self, matches: impl Fn(&StackEntry) -> bool) -> Option<StackEntry> {
        let index = self.entries().iter().rposition(matches)?;
        self.entries().truncate(index + 1);
        self.entries().pop()
    }

    pub(crate) fn enter(&mut self, n: usize) {
        let Some(stack) = self.spans[&n].stack.clone().filter(|it| !it.is_empty()) else {
            return;
        };
        let has_more_than_tags = stack.iter().any(|(_, data)| *data != ScopeData::Tag);
        let is_on_stack = self.frames().iter().any(|(id, _)| *id == stack[0].0);
        if has_more_than_tags && !is_on_stack {
            let entry = self.new_entry(EntryKind::Stack(stack), ExitRule::Span(n));
            self.push(entry);
        } else if let Some(index) = self.entry_of_span(n) {
            self.entries()[index].reentered += 1;
        }
    }

    fn entry_of_span(&mut self, n: usize) -> Option<usize> {
        let entries = self.entries().iter();
        entries
            .rev()
            .position(|entry| entry.exit_rule == ExitRule::Span(n))
            .map(|index| self.entries().len() - 1 - index)
    }

    pub(crate) fn exit(&mut self, n: usize) {
        let Some(index) = self.entry_of_span(n) else {
            return;
        };
        match &mut self.entries()[index].reentered {
            0 => self.remove(index, |entry| {
                entry.exit_rule == ExitRule::Guard && matches!(entry.kind, EntryKind::Frame(_))
            }),
            reentered => *reentered -= 1,
        }
    }

    pub(crate) fn nearest_isolated(&self) -> Option<usize> {
        let isolated = |data: &ScopeData| match data {
            ScopeData::Isolated(index) => Some(*index),
            _ => None,
        };
        for entry in self.threads[self.here].iter().rev() {
            let found = match &entry.kind {
                EntryKind::Empty => None,
                EntryKind::Frame(data) => isolated(data),
                EntryKind::Stack(stack) => stack.iter().find_map(|(_, data)| isolated(data)),
            };
            let is_stack = matches!(entry.kind, EntryKind::Stack(_));
            if found.is_some() || is_stack && !matches!(entry.exit_rule, ExitRule::Span(_)) {
                return found;
            }
        }
        None
    }

    /// A random scope, and the kind of its entry. `None` if the scope makes no entry.
    pub(crate) fn scope(&mut self) -> (Scope, Option<EntryKind>) {
        if self.frames().len() > MAX_DEPTH {
            return (Scope::new(), None);
        }
        let user = self.rng.choice(USERS).unwrap_or_default();
        let frame = |data| Some(EntryKind::Frame(data));
        match self.rng.u8(0..12) {
            0..4 => (whose::user(user), frame(ScopeData::User(user))),
            4 => (whose::user(user).session("s"), frame(ScopeData::User(user))),
            5 => (whose::tag("k", "v"), frame(ScopeData::Tag)),
            6 => (whose::anonymous(), frame(ScopeData::Anonymous)),
            7..9 => {
                let index = self.rng.usize(0..self.isolated.len());
                let scope = self.isolated[index].0.clone();
                (scope, frame(ScopeData::Isolated(index)))
            }
            9..11 if !self.captured.is_empty() => {
                let index = self.rng.usize(0..self.captured.len());
                let (scope, stack) = self.captured[index].clone();
                (scope, Some(EntryKind::Stack(stack)))
            }
            _ => (Scope::new(), None),
        }
    }

    pub(crate) fn any_span(&mut self) -> Option<usize> {
        let spans: Vec<_> = self.spans.keys().copied().collect();
        self.rng.choice(spans)
    }

    /// The expected user of an event, or of a span that closes now.
    pub(crate) fn expected(&mut self, n: usize) -> Option<User> {
        if let Some(user) = self.expected.remove(&n) {
            return Some(user);
        }
        let span = self.closing.remove(&n)?;
        let identified = || {
            let stack = span.stack.unwrap_or_default();
            // Only an isolated scope identifies late, even with a user that was cleared since.
            stack.iter().find_map(|(_, data)| match data {
                ScopeData::Isolated(index) => {
                    match (self.isolated[*index].1, self.last_users[*index]) {
                        (Some(ScopeData::User(user)), _) => Some(Some(user)),
                        (Some(_), _) => Some(None),
                        (None, Some((last, before))) if before >= n => Some(Some(last)),
                        (None, _) => None,
                    }
                }
                _ => None,
            })
        };
        Some(span.user.unwrap_or_else(|| identified().flatten()))
    }
}
