//! What is current on each thread, as a plain list.

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

/// More would be summed up when they are captured.
pub(crate) const DEEPEST: usize = 20;

pub(crate) type User = Option<&'static str>;

/// What a frame says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Says {
    User(&'static str),
    Nobody,
    Tag,
    /// The isolated scope of that number.
    Isolated(usize),
}

/// A frame, and the number of the stack that it is the top of.
pub(crate) type Framed = (u64, Says);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// Nothing, but that what is left open inside ends with it.
    Nothing,
    Frame(Says),
    /// In place of what is outside, innermost first.
    Stack(Vec<Framed>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Guard,
    Running,
    Dropping,
    Span(usize),
}

/// One entry of the list.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) what: What,
    pub(crate) kind: Kind,
    pub(crate) number: u64,
    pub(crate) serial: u64,
    pub(crate) reentered: u32,
}

/// What a future holds: its scope, and where that was last.
pub(crate) struct Task {
    pub(crate) future: Pin<Box<Scoped<Inner>>>,
    pub(crate) link: Option<Link>,
}

pub(crate) struct Made {
    pub(crate) span: Span,
    /// Where it is a frame.
    pub(crate) stack: Option<Vec<Framed>>,
    pub(crate) user: Option<User>,
}

pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) next: u64,
    /// The number of each stack of a frame, by that of the stack outside and that of the frame.
    pub(crate) stacks: BTreeMap<(u64, u64), u64>,
    pub(crate) depth: usize,
    pub(crate) here: usize,
    pub(crate) threads: [Vec<Link>; THREADS],
    pub(crate) isolated: Vec<(Scope, Option<Says>)>,
    /// The user that each of them was given last, and how many spans were made before.
    pub(crate) given: Vec<Option<(&'static str, usize)>>,
    pub(crate) captured: Vec<(Scope, Vec<Framed>)>,
    pub(crate) spans: BTreeMap<usize, Made>,
    /// Spans that nobody holds but those inside them.
    pub(crate) closing: BTreeMap<usize, Made>,
    pub(crate) made: usize,
    pub(crate) tasks: Vec<Task>,
    /// Whose each event is to be.
    pub(crate) expected: BTreeMap<usize, User>,
    pub(crate) is_ending: bool,
}

impl World {
    pub(crate) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(crate) fn links(&mut self) -> &mut Vec<Link> {
        &mut self.threads[self.here]
    }

    pub(crate) fn serial(&self) -> u64 {
        self.threads[self.here].last().map_or(0, |link| link.serial)
    }

    pub(crate) fn frames(&self) -> Vec<Framed> {
        let mut frames = Vec::new();
        for link in self.threads[self.here].iter().rev() {
            match &link.what {
                What::Nothing => {}
                What::Frame(says) => frames.push((link.serial, *says)),
                What::Stack(stack) => {
                    frames.extend(stack);
                    break;
                }
            }
        }
        frames
    }

    pub(crate) fn said(&self, says: Says) -> Option<Says> {
        match says {
            Says::Tag => None,
            Says::Isolated(at) => self.isolated[at].1,
            said => Some(said),
        }
    }

    /// Whose a place is; `None` where nobody says anything.
    pub(crate) fn whose(&self, frames: &[Framed]) -> Option<User> {
        frames.iter().find_map(|(_, says)| match self.said(*says)? {
            Says::User(user) => Some(Some(user)),
            _ => Some(None),
        })
    }

    pub(crate) fn user(&self) -> User {
        self.whose(&self.frames()).flatten()
    }

    pub(crate) fn link(&mut self, what: What, kind: Kind) -> Link {
        let number = self.number();
        let serial = match &what {
            What::Nothing | What::Frame(_) => number,
            What::Stack(stack) => stack.first().map_or(0, |(serial, _)| *serial),
        };
        Link {
            what,
            kind,
            number,
            serial,
            reentered: 0,
        }
    }

    /// One frame on one stack is one stack, whenever and on whichever thread.
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

    pub(crate) fn open(&mut self, mut link: Link) {
        let outside = self.serial();
        match link.what {
            What::Nothing => link.serial = outside,
            What::Frame(_) => link.serial = self.stack_of(outside, link.number),
            What::Stack(_) => {}
        }
        self.links().push(link);
    }

    /// Takes out a link, with those directly inside that fall; the others stay.
    pub(crate) fn take_out(&mut self, at: usize, falls: impl Fn(&Link) -> bool) {
        let inside = self.links().split_off(at + 1);
        self.links().pop();
        for link in inside.into_iter().skip_while(falls) {
            self.open(link);
        }
    }

    /// Ends a link, with everything inside.
    pub(crate) fn end(&mut self, is_it: impl Fn(&Link) -> bool) -> Option<Link> {
        let at = self.links().iter().rposition(is_it)?;
        self.links().truncate(at + 1);
        self.links().pop()
    }

    pub(crate) fn enter(&mut self, n: usize) {
        let Some(stack) = self.spans[&n].stack.clone().filter(|it| !it.is_empty()) else {
            return;
        };
        let names = stack.iter().any(|(_, says)| *says != Says::Tag);
        let is_here = self.frames().iter().any(|(at, _)| *at == stack[0].0);
        if names && !is_here {
            let link = self.link(What::Stack(stack), Kind::Span(n));
            self.open(link);
        } else if let Some(at) = self.of_span(n) {
            self.links()[at].reentered += 1;
        }
    }

    pub(crate) fn of_span(&mut self, n: usize) -> Option<usize> {
        let links = self.links().iter();
        links
            .rev()
            .position(|link| link.kind == Kind::Span(n))
            .map(|at| self.links().len() - 1 - at)
    }

    pub(crate) fn exit(&mut self, n: usize) {
        let Some(at) = self.of_span(n) else { return };
        match &mut self.links()[at].reentered {
            0 => self.take_out(at, |link| {
                link.kind == Kind::Guard && matches!(link.what, What::Frame(_))
            }),
            reentered => *reentered -= 1,
        }
    }

    pub(crate) fn nearest_isolated(&self) -> Option<usize> {
        let of = |says: &Says| match says {
            Says::Isolated(at) => Some(*at),
            _ => None,
        };
        for link in self.threads[self.here].iter().rev() {
            let found = match &link.what {
                What::Nothing => None,
                What::Frame(says) => of(says),
                What::Stack(stack) => stack.iter().find_map(|(_, says)| of(says)),
            };
            let is_whole = matches!(link.what, What::Stack(_));
            if found.is_some() || is_whole && !matches!(link.kind, Kind::Span(_)) {
                return found;
            }
        }
        None
    }

    /// A scope, with what it puts on the list.
    pub(crate) fn scope(&mut self) -> (Scope, Option<What>) {
        if self.frames().len() > DEEPEST {
            return (Scope::new(), None);
        }
        let user = self.rng.choice(USERS).unwrap_or_default();
        let frame = |says| Some(What::Frame(says));
        match self.rng.u8(0..12) {
            0..4 => (whose::user(user), frame(Says::User(user))),
            4 => (whose::user(user).session("s"), frame(Says::User(user))),
            5 => (whose::tag("k", "v"), frame(Says::Tag)),
            6 => (whose::anonymous(), frame(Says::Nobody)),
            7..9 => {
                let at = self.rng.usize(0..self.isolated.len());
                (self.isolated[at].0.clone(), frame(Says::Isolated(at)))
            }
            9..11 if !self.captured.is_empty() => {
                let at = self.rng.usize(0..self.captured.len());
                let (scope, stack) = self.captured[at].clone();
                (scope, Some(What::Stack(stack)))
            }
            _ => (Scope::new(), None),
        }
    }

    pub(crate) fn any_span(&mut self) -> Option<usize> {
        let spans: Vec<_> = self.spans.keys().copied().collect();
        self.rng.choice(spans)
    }

    /// Who a record is to belong to: an event, or a span that is closed now.
    pub(crate) fn expected(&mut self, n: usize) -> Option<User> {
        if let Some(user) = self.expected.remove(&n) {
            return Some(user);
        }
        let made = self.closing.remove(&n)?;
        let identified = || {
            let stack = made.stack.unwrap_or_default();
            // Only an isolated scope identifies late, also by a user that it has lost again.
            stack.iter().find_map(|(_, says)| match says {
                Says::Isolated(at) => match (self.isolated[*at].1, self.given[*at]) {
                    (Some(Says::User(user)), _) => Some(Some(user)),
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
