//! The failures inside a span. An error that one span after the other returns is recorded once.
//!
//! The span around a failed span remembers the failure until the outer span fails too or begins
//! another span.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::model::{Attribution, SessionId, User};
use crate::record::ErrorDetails;

/// A recorded error: the hashes that recognise the error when it is returned, and its user.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The hashes of the messages of the error and of its causes.
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

    /// Whether this error is `inner`, or is caused by `inner`.
    ///
    /// An error of Bob that Alice returns is also recorded for Alice: no trail may lack an error.
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

/// The origin of a failure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reporter {
    /// An inner span.
    Child,
    /// A report or a log line directly in the span.
    Itself,
}

/// The failures inside one open span since the span last began an inner span.
#[derive(Debug, Default)]
pub(crate) struct Failures(pub(crate) Vec<(Reporter, Failure)>);

/// The most failures that are remembered. Concurrent inner spans can fail beside each other.
const CAPACITY: usize = 16;

impl Failures {
    pub(crate) fn add(&mut self, by: Reporter, failure: Failure) {
        if self.0.len() == CAPACITY {
            self.0.remove(0);
        }
        self.0.push((by, failure));
    }

    /// Removes all failures, since another inner span begins.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    pub(crate) fn has(&self, failure: &Failure) -> bool {
        self.0
            .iter()
            .any(|(_, inner)| failure.is_propagation_of(inner))
    }

    /// Whether a log line reports a failure of an inner span. Each failure matches one log line: the
    /// next line with the same text reports another error.
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
