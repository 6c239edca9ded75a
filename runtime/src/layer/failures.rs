//! What failed inside a span: so that an error which is passed on by one span after the other is
//! recorded once.
//!
//! A failure is remembered at the span around it, until that fails too or begins another span.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::model::{Attribution, SessionId, User};
use crate::record::ErrorDetails;

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
    fn is_propagation_of(&self, inner: &Self) -> bool {
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
pub(crate) enum Reporter {
    /// A span inside this one.
    Child,
    /// A report or a log line, directly in this one.
    Itself,
}

/// The failures inside one open span since it last began another one.
#[derive(Debug, Default)]
pub(crate) struct Failures(pub(crate) Vec<(Reporter, Failure)>);

/// How many failures are remembered: spans that run beside each other can fail beside each other.
const CAPACITY: usize = 16;

impl Failures {
    pub(crate) fn add(&mut self, by: Reporter, failure: Failure) {
        if self.0.len() == CAPACITY {
            self.0.remove(0);
        }
        self.0.push((by, failure));
    }

    /// Forgets them: another span begins inside.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    pub(crate) fn has(&self, failure: &Failure) -> bool {
        self.0
            .iter()
            .any(|(_, inner)| failure.is_propagation_of(inner))
    }

    /// Whether a log line tells what a child failed with, which it can do once: the next one that
    /// says the same tells of something else.
    pub(crate) fn mark_reported(&mut self, failure: Failure) -> bool {
        let told = |(by, inner): &(Reporter, Failure)| {
            *by == Reporter::Child && failure.is_propagation_of(inner)
        };
        match self.0.iter().position(told) {
            Some(at) => {
                self.0[at] = (Reporter::Itself, failure);
                true
            }
            None => {
                self.add(Reporter::Itself, failure);
                false
            }
        }
    }
}
