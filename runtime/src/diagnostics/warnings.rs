//! What whose itself has to say: once for each call site, never for each call.

use std::collections::HashSet;
use std::fmt;
use std::mem::{self, Discriminant};
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use tracing::Metadata;

use crate::diagnostics::limits::Limits;
use crate::diagnostics::truncation::Cut;
use crate::model::UnattributedReason;
use crate::record::{CallSite, Record, RecordType};
use crate::resolve::Conflict;
use crate::util::Exclusive;

/// The target of whose's own events, which its layer leaves alone: they are nobody's.
pub(crate) const TARGET: &str = "whose";

#[derive(Clone, Copy)]
pub(crate) enum Once {
    RefusedWrite,
    ShadowedWrite,
    ReplacedUser,
    /// The name of the span.
    ConflictingEntry(&'static str, Conflict),
    UnheardReport,
    GuardAcrossTasks,
    GuardAcrossAwait,
    CutValue(Cut),
    MissingUser(RecordType, UnattributedReason),
}

/// The place that something is said of.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum At {
    Call(&'static Location<'static>),
    Site(CallSite),
    /// The target of a record whose call site is not known.
    Target(&'static str),
}

impl From<&'static Location<'static>> for At {
    fn from(location: &'static Location<'static>) -> Self {
        Self::Call(location)
    }
}

impl From<&'static Metadata<'static>> for At {
    fn from(metadata: &'static Metadata<'static>) -> Self {
        match metadata.file().zip(metadata.line()) {
            Some((file, line)) => Self::Site(CallSite { file, line }),
            None => Self::Target(metadata.target()),
        }
    }
}

impl From<&Record> for At {
    fn from(record: &Record) -> Self {
        record
            .call_site
            .map_or(Self::Target(record.target), Self::Site)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(location) => location.fmt(f),
            Self::Site(site) => site.fmt(f),
            Self::Target(target) => f.write_str(target),
        }
    }
}

/// Says what happened, the first time that it happens at that place.
pub(crate) fn warn_once(what: Once, at: impl Into<At>) {
    let at = at.into();
    if is_first(what, at) {
        say(what, at);
    }
}

/// As [`warn_once`], for what is seen while a subscriber hands an event or a new span to its
/// layers. An event inside of that would make the layers' own filters forget what they have
/// decided, and show what they had filtered out. So it is said at the next call of [`catch_up`].
pub(crate) fn warn_later(what: Once, at: impl Into<At>) {
    let at = at.into();
    if is_first(what, at) {
        do_later(move || say(what, at));
    }
}

type Deferred = Box<dyn FnOnce() + Send>;

/// What waits to be done: once for each call site, so there is little of it.
static LATER: Mutex<Vec<Deferred>> = Mutex::new(Vec::new());
static IS_LATER: AtomicBool = AtomicBool::new(false);

/// Calls `f` at the next call of [`catch_up`], when no event is handed on.
pub(crate) fn do_later(f: impl FnOnce() + Send + 'static) {
    let Some(_exclusive) = Exclusive::enter() else {
        return;
    };
    let mut later = LATER.lock().unwrap_or_else(PoisonError::into_inner);
    later.push(Box::new(f));
    IS_LATER.store(true, Relaxed);
}

/// Does what could not be done when it was seen; most often that is nothing, and costs one read.
#[inline]
pub(crate) fn catch_up() {
    if IS_LATER.load(Relaxed) {
        do_now();
    }
}

#[cold]
fn do_now() {
    let later = {
        let Some(_exclusive) = Exclusive::enter() else {
            return;
        };
        let mut later = LATER.lock().unwrap_or_else(PoisonError::into_inner);
        IS_LATER.store(false, Relaxed);
        mem::take(&mut *later)
    };
    later.into_iter().for_each(|deferred| deferred());
}

/// Whether something is said for the first time at that place; never in the middle of a lock.
fn is_first(what: Once, at: At) -> bool {
    /// More call sites than a program has: records of the `log` crate can name any line.
    const MOST: usize = 65_536;
    type Said = HashSet<(Discriminant<Once>, At)>;
    static SAID: Mutex<Option<Said>> = Mutex::new(None);
    let Some(_exclusive) = Exclusive::enter() else {
        return false;
    };
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let said = said.get_or_insert_default();
    said.len() < MOST && said.insert((mem::discriminant(&what), at))
}

fn say(what: Once, at: At) {
    let text = what.text(at);
    match what {
        Once::ShadowedWrite | Once::CutValue(_) => tracing::debug!(target: TARGET, "{text}"),
        _ => tracing::warn!(target: TARGET, "{text}"),
    }
}

impl Once {
    /// The text of the warning: what happened at the place, and what to do.
    pub(crate) fn text(self, at: At) -> String {
        match self {
            Self::RefusedWrite => format!(
                "write at {at} refused: no isolated scope is open there. Open a scope for each \
                 request, message or job (`whose::tower::AttributionLayer`, or \
                 `.with_scope(Scope::isolated())` on its future), or use `whose::global()` in a \
                 program with one user"
            ),
            Self::ShadowedWrite => format!(
                "write at {at} has no visible effect there: a scope further in says something else"
            ),
            Self::ReplacedUser => format!(
                "write at {at} replaced another user in the same isolated scope: two requests may \
                 share the scope, such as a `Scope::current()` that is kept in shared state. Open \
                 `Scope::isolated()` for each request, and call `whose::clear_user()` before another \
                 user logs in"
            ),
            Self::ConflictingEntry(span, conflict) => format!(
                "the span `{span}` made at {at} belongs to the request identified at {}, and was \
                 entered in the request of {}: what happens inside counts as the {}. A pooled object \
                 should not keep a span of the request that made it (make the span with \
                 `parent: None`). A worker that serves many requests should not carry the scope of \
                 one (spawn it with `.with_scope(Scope::detached())`), and should run each job in \
                 the `Scope::current()` of its submitter",
                conflict.span,
                conflict.current,
                if conflict.is_spans {
                    "span's"
                } else {
                    "current request's"
                },
            ),
            Self::UnheardReport => format!(
                "the error or model call reported at {at} is lost: the subscriber has no layer of \
                 whose. Add `.with(whose::layer())` to it, before any layer that exports"
            ),
            Self::GuardAcrossTasks => format!(
                "the guard entered at {at} was open while another task ran on its thread, and does \
                 not hold there: in async code use `#[whose::with_user]` or `.with_scope(..)`, and \
                 carry the scope into tasks with `whose::task::spawn` or `.with_current_scope()`"
            ),
            Self::GuardAcrossAwait => format!(
                "the guard entered at {at} is held across an `.await`, and ended there: in async \
                 code use `#[whose::with_user]` or `.with_scope(..)`"
            ),
            Self::CutValue(what) => {
                let (what, limit) = cut_to(what);
                format!(
                    "{what} given at {at} was cut to the limit: {limit} (see `whose::Limits`)"
                )
            }
            Self::MissingUser(record_type, why) => format!(
                "a record without a user: {} at {at}: {}",
                record_type.as_str(),
                why.advice()
            ),
        }
    }
}

/// What was cut, and what it is held to.
fn cut_to(what: Cut) -> (&'static str, String) {
    match what {
        Cut::Id => ("an id", format!("{} bytes", Limits::ID_BYTES)),
        Cut::Text => (
            "a text",
            format!(
                "{} bytes of an email, a name or a key, {} of an attribute or a breadcrumb, {} \
                 attributes",
                Limits::ID_BYTES,
                Limits::FIELD_BYTES,
                Limits::ATTRS
            ),
        ),
        Cut::Tag => (
            "a tag",
            format!(
                "{} characters, {} tags",
                Limits::TAG_VALUE_CHARS,
                Limits::TAGS
            ),
        ),
        Cut::Field => ("a field", format!("{} bytes", Limits::FIELD_BYTES)),
        Cut::Data => (
            "extra, a context or a value of a breadcrumb",
            format!(
                "{} bytes of JSON, {} of each",
                Limits::DATA_BYTES,
                Limits::EXTRA
            ),
        ),
    }
}
