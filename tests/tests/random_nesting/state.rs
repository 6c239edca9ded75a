//! A model of the stack of each thread: a plain list.

use std::collections::BTreeMap;
use std::pin::Pin;

use fastrand::Rng;
use tracing::Span;
use whose::{Scope, Scoped};

use super::{Inner, THREADS};

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

/// A frame, and the id of the stack whose top it is.
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
    pub(crate) what: EntryKind,
    pub(crate) kind: ExitRule,
    pub(crate) number: u64,
    pub(crate) stack_id: u64,
    pub(crate) reentered: u32,
}

/// A future with its last entry.
pub(crate) struct Task {
    pub(crate) future: Pin<Box<Scoped<Inner>>>,
    pub(crate) link: Option<StackEntry>,
}

pub(crate) struct SpanState {
    pub(crate) span: Span,
    /// The stack of the span, if the span is a frame.
    pub(crate) stack: Option<Vec<FrameOnStack>>,
    pub(crate) user: Option<User>,
}

pub(crate) struct State {
    pub(crate) rng: Rng,
    pub(crate) next: u64,
    /// The id of each stack, by the id of the outer stack and the number of the frame.
    pub(crate) stacks: BTreeMap<(u64, u64), u64>,
    pub(crate) depth: usize,
    pub(crate) here: usize,
    pub(crate) threads: [Vec<StackEntry>; THREADS],
    pub(crate) isolated: Vec<(Scope, Option<ScopeData>)>,
    /// The last user that each isolated scope was given, and the number of spans and events before.
    pub(crate) given: Vec<Option<(&'static str, usize)>>,
    pub(crate) captured: Vec<(Scope, Vec<FrameOnStack>)>,
    pub(crate) spans: BTreeMap<usize, SpanState>,
    /// Spans held only by the spans inside them.
    pub(crate) closing: BTreeMap<usize, SpanState>,
    pub(crate) made: usize,
    pub(crate) tasks: Vec<Task>,
    /// The expected user of each event.
    pub(crate) expected: BTreeMap<usize, User>,
    pub(crate) is_ending: bool,
}

impl State {
    pub(crate) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(crate) fn links(&mut self) -> &mut Vec<StackEntry> {
        &mut self.threads[self.here]
    }

    pub(crate) fn stack_id(&self) -> u64 {
        self.threads[self.here]
            .last()
            .map_or(0, |link| link.stack_id)
    }

    pub(crate) fn frames(&self) -> Vec<FrameOnStack> {
        let mut frames = Vec::new();
        for link in self.threads[self.here].iter().rev() {
            match &link.what {
                EntryKind::Empty => {}
                EntryKind::Frame(says) => frames.push((link.stack_id, *says)),
                EntryKind::Stack(stack) => {
                    frames.extend(stack);
                    break;
                }
            }
        }
        frames
    }

    pub(crate) fn said(&self, says: ScopeData) -> Option<ScopeData> {
        match says {
            ScopeData::Tag => None,
            ScopeData::Isolated(at) => self.isolated[at].1,
            said => Some(said),
        }
    }

    /// The user setting of these frames. `None` if it is unset.
    pub(crate) fn whose(&self, frames: &[FrameOnStack]) -> Option<User> {
        frames.iter().find_map(|(_, says)| match self.said(*says)? {
            ScopeData::User(user) => Some(Some(user)),
            _ => Some(None),
        })
    }

    pub(crate) fn user(&self) -> User {
        self.whose(&self.frames()).flatten()
    }

    pub(crate) fn link(&mut self, what: EntryKind, kind: ExitRule) -> StackEntry {
        let number = self.number();
        let stack_id = match &what {
            EntryKind::Empty | EntryKind::Frame(_) => number,
            EntryKind::Stack(stack) => stack.first().map_or(0, |(stack_id, _)| *stack_id),
        };
        StackEntry {
            what,
            kind,
            number,
            stack_id,
            reentered: 0,
        }
    }

    /// A frame on an outer stack always has the same stack id, on every thread.
    fn stack_of(&mut self, outside: u64, frame: u64) -> u64 {
        match self.stacks.get(&(outside, frame)) {
            Some(known) => *known,
            None => {
                let number = self.number();
                self.stacks.insert((outside, frame), number);
                number
            }
        }
    }

    pub(crate) fn open(&mut self, mut link: StackEntry) {
        let outside = self.stack_id();
        match link.what {
            EntryKind::Empty => link.stack_id = outside,
            EntryKind::Frame(_) => link.stack_id = self.stack_of(outside, link.number),
            EntryKind::Stack(_) => {}
        }
        self.links().push(link);
    }

    /// Removes an entry and the matching entries directly inside it. Other entries stay.
    pub(crate) fn remove(&mut self, at: usize, falls: impl Fn(&StackEntry) -> bool) {
        let inside = self.links().split_off(at + 1);
        self.links().pop();
        for link in inside.into_iter().skip_while(falls) {
            self.open(link);
        }
    }

    /// Removes an entry and all entries inside it.
    pub(crate) fn end(&mut self, is_it: impl Fn(&StackEntry) -> bool) -> Option<StackEntry> {
        let at = self.links().iter().rposition(is_it)?;
        self.links().truncate(at + 1);
        self.links().pop()
    }

    pub(crate) fn enter(&mut self, n: usize) {
        let Some(stack) = self.spans[&n].stack.clone().filter(|it| !it.is_empty()) else {
            return;
        };
        let names = stack.iter().any(|(_, says)| *says != ScopeData::Tag);
        let is_here = self.frames().iter().any(|(at, _)| *at == stack[0].0);
        if names && !is_here {
            let link = self.link(EntryKind::Stack(stack), ExitRule::Span(n));
            self.open(link);
        } else if let Some(at) = self.of_span(n) {
            self.links()[at].reentered += 1;
        }
    }

    pub(crate) fn of_span(&mut self, n: usize) -> Option<usize> {
        let links = self.links().iter();
        links
            .rev()
            .position(|link| link.kind == ExitRule::Span(n))
            .map(|at| self.links().len() - 1 - at)
    }

    pub(crate) fn exit(&mut self, n: usize) {
        let Some(at) = self.of_span(n) else { return };
        match &mut self.links()[at].reentered {
            0 => self.remove(at, |link| {
                link.kind == ExitRule::Guard && matches!(link.what, EntryKind::Frame(_))
            }),
            reentered => *reentered -= 1,
        }
    }

    pub(crate) fn nearest_isolated(&self) -> Option<usize> {
        let of = |says: &ScopeData| match says {
            ScopeData::Isolated(at) => Some(*at),
            _ => None,
        };
        for link in self.threads[self.here].iter().rev() {
            let found = match &link.what {
                EntryKind::Empty => None,
                EntryKind::Frame(says) => of(says),
                EntryKind::Stack(stack) => stack.iter().find_map(|(_, says)| of(says)),
            };
            let is_whole = matches!(link.what, EntryKind::Stack(_));
            if found.is_some() || is_whole && !matches!(link.kind, ExitRule::Span(_)) {
                return found;
            }
        }
        None
    }

    /// A random scope, and the entry that it makes.
    pub(crate) fn scope(&mut self) -> (Scope, Option<EntryKind>) {
        if self.frames().len() > MAX_DEPTH {
            return (Scope::new(), None);
        }
        let user = self.rng.choice(USERS).unwrap_or_default();
        let frame = |says| Some(EntryKind::Frame(says));
        match self.rng.u8(0..12) {
            0..4 => (whose::user(user), frame(ScopeData::User(user))),
            4 => (whose::user(user).session("s"), frame(ScopeData::User(user))),
            5 => (whose::tag("k", "v"), frame(ScopeData::Tag)),
            6 => (whose::anonymous(), frame(ScopeData::Anonymous)),
            7..9 => {
                let at = self.rng.usize(0..self.isolated.len());
                (self.isolated[at].0.clone(), frame(ScopeData::Isolated(at)))
            }
            9..11 if !self.captured.is_empty() => {
                let at = self.rng.usize(0..self.captured.len());
                let (scope, stack) = self.captured[at].clone();
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
        let made = self.closing.remove(&n)?;
        let identified = || {
            let stack = made.stack.unwrap_or_default();
            // Only an isolated scope identifies late, also with a user that it has lost again.
            stack.iter().find_map(|(_, says)| match says {
                ScopeData::Isolated(at) => match (self.isolated[*at].1, self.given[*at]) {
                    (Some(ScopeData::User(user)), _) => Some(Some(user)),
                    (Some(_), _) => Some(None),
                    (None, Some((given, at))) if at >= n => Some(Some(given)),
                    (None, _) => None,
                },
                _ => None,
            })
        };
        Some(made.user.unwrap_or_else(|| identified().flatten()))
    }
}
