//! What failed inside a span: so that an error which is passed on by one span after the other is
//! recorded once.
//!
//! A failure is remembered at the span around it, until that fails too or begins another span.

use std::hash::Hasher;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use siphasher::sip128::{Hasher128, SipHasher13};
use tracing::{Dispatch, Id};
use tracing_subscriber::registry::{LookupSpan, SpanRef};
use tracing_subscriber::Registry;

use super::{OpenSpan, Place};
use crate::attribution::Attribution;
use crate::identity::{SessionId, User};
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
pub(crate) struct Failures {
    /// Whether there are any: mostly there are none, and then nobody takes the lock.
    any: AtomicBool,
    list: Mutex<Vec<(By, Failure)>>,
}

/// How many failures are remembered: spans that run beside each other can fail beside each other.
const MOST: usize = 16;

impl Failures {
    fn change<R>(&self, change: impl FnOnce(&mut Vec<(By, Failure)>) -> R) -> R {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut list);
        self.any.store(!list.is_empty(), Ordering::Relaxed);
        result
    }

    fn add(&self, by: By, failure: Failure) {
        self.change(|list| {
            if list.len() == MOST {
                list.remove(0);
            }
            list.push((by, failure));
        });
    }

    fn forget(&self) {
        if self.any.load(Ordering::Relaxed) {
            self.change(Vec::clear);
        }
    }

    fn has(&self, failure: &Failure) -> bool {
        let any = self.any.load(Ordering::Relaxed);
        any && self.change(|list| list.iter().any(|(_, inner)| failure.passes_on(inner)))
    }

    /// Whether a log line tells what a child failed with, which it can do once: the next one that
    /// says the same tells of something else.
    fn has_told(&self, failure: Failure) -> Result<(), Failure> {
        self.change(|list| {
            let told = |(by, inner): &(By, Failure)| *by == By::Child && failure.passes_on(inner);
            match list.iter().position(told) {
                Some(at) => {
                    list[at] = (By::Itself, failure);
                    Ok(())
                }
                None => Err(failure),
            }
        })
    }
}

/// Calls `f` with the nearest span that the layer knows: a filter may have kept some from it.
fn nearest<'a, S: LookupSpan<'a>, R>(
    span: SpanRef<'a, S>,
    f: impl FnOnce(&OpenSpan) -> R,
) -> Option<R> {
    let mut f = Some(f);
    span.scope().find_map(|span| {
        let extensions = span.extensions();
        let open = extensions.get::<OpenSpan>()?;
        f.take().map(|f| f(open))
    })
}

/// A span begins inside that one; says where.
pub(super) fn begin_inside<'a, S: LookupSpan<'a>>(parent: SpanRef<'a, S>) -> Option<Place> {
    nearest(parent, |open| {
        open.failures.forget();
        open.place()
    })
}

/// What a span that ends leaves to the one around it: a span that was not told of a failure may
/// have passed it on.
pub(super) fn hand_on<'a, S: LookupSpan<'a>>(open: &mut OpenSpan, parent: Option<SpanRef<'a, S>>) {
    if open.has_failed() || !*open.failures.any.get_mut() {
        return;
    }
    let list = std::mem::take(&mut open.failures.list);
    let list = list.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(parent) = parent {
        nearest(parent, |outer| {
            for (_, failure) in list {
                outer.failures.add(By::Child, failure);
            }
        });
    }
}

/// An error was recorded in that span.
pub(crate) fn remember(dispatch: &Dispatch, id: Option<&Id>, failure: Failure) {
    if let Some(span) = find(dispatch, id) {
        nearest(span, |open| open.failures.add(By::Itself, failure));
    }
}

/// Whether a log line in that span tells of an error that a child of it has told already.
pub(super) fn was_told<'a, S: LookupSpan<'a>>(
    span: Option<SpanRef<'a, S>>,
    failure: Failure,
) -> bool {
    let told = span.and_then(|span| {
        nearest(span, |open| match open.failures.has_told(failure) {
            Ok(()) => true,
            Err(failure) => {
                open.failures.add(By::Itself, failure);
                false
            }
        })
    });
    told == Some(true)
}

/// Marks an open span as failed; says whether the error was recorded already, inside the span.
pub(crate) fn fail(dispatch: &Dispatch, id: &Id, message: &str, failure: Failure) -> bool {
    let Some(span) = find(dispatch, Some(id)) else {
        return false;
    };
    let was_told = span.extensions_mut().get_mut::<OpenSpan>().map(|open| {
        open.fail(message);
        open.failures.has(&failure)
    });
    // A span that a filter keeps from the layer leaves the failure to the one around it as well.
    if let Some(parent) = span.parent() {
        nearest(parent, |open| open.failures.add(By::Child, failure));
    }
    was_told == Some(true)
}

fn find<'a>(dispatch: &'a Dispatch, id: Option<&Id>) -> Option<SpanRef<'a, Registry>> {
    dispatch.downcast_ref::<Registry>()?.span(id?)
}

/// Where an error happened.
#[derive(Debug, Default)]
pub(crate) struct Here {
    pub(crate) place: Place,
    pub(crate) path: Vec<&'static str>,
}

/// The place of a span.
pub(crate) fn here(dispatch: &Dispatch, id: Option<&Id>) -> Here {
    find(dispatch, id).map(here_in).unwrap_or_default()
}

pub(super) fn here_in<'a, S: LookupSpan<'a>>(span: SpanRef<'a, S>) -> Here {
    const LONGEST: usize = 64;
    let mut here = Here::default();
    for span in span.scope() {
        if here.path.len() == LONGEST {
            break;
        }
        if let Some(open) = span.extensions().get::<OpenSpan>() {
            if here.path.is_empty() {
                here.place = open.place();
            }
            here.path.push(span.name());
        }
    }
    here
}
