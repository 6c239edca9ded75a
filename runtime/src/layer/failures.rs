//! What failed inside a span: so that an error which is passed on by one span after the other is
//! recorded once.
//!
//! A failure is remembered at the span around it, until that fails too or begins another span.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::layer::open_span::OpenSpan;
use crate::layer::span_table::Spans;
use crate::model::{Attribution, SessionId, User};
use crate::record::{ErrorDetails, SpanContext};

/// An error that was recorded: what tells it when it is passed on, and whose it was.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The messages of the error and of its causes, as hashes.
    chain: Box<[u128]>,
    user: Option<User>,
    session: Option<SessionId>,
}

impl Failure {
    pub(crate) fn new(message: &str, details: &ErrorDetails, attribution: &Attribution) -> Self {
        let causes = details.causes.iter().map(|cause| &**cause);
        Self {
            chain: std::iter::once(message).chain(causes).map(hash).collect(),
            user: attribution.user().cloned(),
            session: attribution.session.as_ref().map(|(id, _)| id.clone()),
        }
    }

    /// Whether this is that error, or one that it caused.
    ///
    /// An error of Bob's that Alice passes on is hers as well: nobody's trail may lack it.
    fn passes_on(&self, inner: &Self) -> bool {
        let is_hers = match (&self.user, &inner.user) {
            (None, _) => true,
            (Some(user), Some(inner)) if user.user_id().is_some() => {
                user.user_id() == inner.user_id()
            }
            (user, inner) => user == inner,
        };
        is_hers
            && (self.session.is_none() || self.session == inner.session)
            && (0..self.chain.len()).any(|from| {
                self.chain[from..]
                    .iter()
                    .zip(&inner.chain)
                    .all(|(a, b)| a == b)
            })
    }
}

fn hash(message: &str) -> u128 {
    let mut hasher = SipHasher13::new();
    hasher.write(message.as_bytes());
    hasher.finish128().as_u128()
}

/// Who told of a failure.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    /// A span inside this one.
    Child,
    /// A report or a log line, directly in this one.
    Itself,
}

/// The failures inside one open span since it last began another one.
#[derive(Debug, Default)]
pub(crate) struct Failures(Vec<(By, Failure)>);

/// How many failures are remembered: spans that run beside each other can fail beside each other.
const MOST: usize = 16;

impl Failures {
    fn add(&mut self, by: By, failure: Failure) {
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((by, failure));
    }

    /// Forgets them: another span begins inside.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    fn has(&self, failure: &Failure) -> bool {
        self.0.iter().any(|(_, inner)| failure.passes_on(inner))
    }

    /// Whether a log line tells what a child failed with, which it can do once: the next one that
    /// says the same tells of something else.
    fn has_told(&mut self, failure: Failure) -> bool {
        let told = |(by, inner): &(By, Failure)| *by == By::Child && failure.passes_on(inner);
        match self.0.iter().position(told) {
            Some(at) => {
                self.0[at] = (By::Itself, failure);
                true
            }
            None => {
                self.add(By::Itself, failure);
                false
            }
        }
    }
}

impl Spans {
    /// What a span that ends leaves to the one around it: a span that was not told of a failure may
    /// have passed it on.
    #[inline]
    pub(crate) fn hand_on(&self, ended: &mut OpenSpan) {
        let (parent, has_failed) = (ended.parent, ended.has_failed());
        match ended.failures_if_any() {
            Some(Failures(list)) if !has_failed && !list.is_empty() => {
                self.take_over(parent, std::mem::take(list));
            }
            _ => {}
        }
    }

    fn take_over(&self, outer: Option<u64>, failures: Vec<(By, Failure)>) {
        self.at(outer, |outer| {
            for (_, failure) in failures {
                outer.failures().add(By::Child, failure);
            }
        });
    }

    /// An error was recorded in that span.
    pub(crate) fn remember(&self, id: Option<u64>, failure: Failure) {
        self.at(id, |open| open.failures().add(By::Itself, failure));
    }

    /// Whether a log line in that span tells of an error that a child of it has told already.
    pub(crate) fn was_told(&self, id: Option<u64>, failure: Failure) -> bool {
        self.at(id, |open| open.failures().has_told(failure)) == Some(true)
    }

    /// Marks an open span as failed; says whether the error was recorded already, inside the span.
    pub(crate) fn fail(&self, id: u64, message: &str, failure: &Failure) -> bool {
        let was_told = self.with(id, |open| {
            open.fail(message);
            open.failures().has(failure)
        });
        was_told == Some(true)
    }

    /// A child of that span has failed.
    pub(crate) fn child_failed(&self, id: Option<u64>, failure: Failure) {
        self.at(id, |open| open.failures().add(By::Child, failure));
    }

    /// Where an error in that span happened.
    pub(crate) fn here(&self, id: Option<u64>) -> Here {
        const LONGEST: usize = 64;
        let mut here = Here::default();
        let mut next = id;
        while let Some(id) = next.filter(|_| here.path.len() < LONGEST) {
            next = self
                .with(id, |open| {
                    if here.path.is_empty() {
                        here.place = open.place();
                    }
                    here.path.push(open.name());
                    open.parent
                })
                .flatten();
        }
        here
    }

    fn at<R>(&self, id: Option<u64>, f: impl FnOnce(&mut OpenSpan) -> R) -> Option<R> {
        self.with(id?, f)
    }
}

/// Where an error happened.
#[derive(Debug, Default)]
pub(crate) struct Here {
    pub(crate) place: SpanContext,
    pub(crate) path: Vec<&'static str>,
}
