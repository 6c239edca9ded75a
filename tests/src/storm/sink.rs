//! Compares every record with what its task knows.

use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tracing::{Span, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::{Record, RecordSink, RecordType};

use super::request::tick;
use super::truth::Truth;
use super::who::{TAG, Who};

/// How many wrong records and reads are kept as examples.
const EXAMPLES: usize = 10;

/// How many of one type of record were made, and how many the sink saw.
#[derive(Debug, Default)]
struct Pair {
    made: AtomicU64,
    seen: AtomicU64,
}

impl Pair {
    fn get(&self) -> (u64, u64) {
        let seen = self.seen.load(Relaxed);
        (self.made.load(Relaxed), seen)
    }
}

/// A span that may be identified until its close.
#[derive(Debug)]
struct Late {
    truth: Truth,
    created: Who,
    since: u64,
    was_masked: bool,
}

/// What was compared.
#[derive(Debug, Default)]
pub struct Tally {
    events: Pair,
    spans: Pair,
    errors: Pair,
    reads: AtomicU64,
    wrong: AtomicU64,
    late: Mutex<HashMap<u64, Late>>,
    examples: Mutex<Vec<String>>,
}

/// The numbers of a [`Tally`].
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// Events that were emitted.
    pub events: u64,
    /// Spans that were created.
    pub spans: u64,
    /// Errors that were captured.
    pub errors: u64,
    /// Reads of the current user.
    pub reads: u64,
    /// Records and reads that differ from what their task knows, and programs that failed.
    pub wrong: u64,
    /// Events, spans and errors that the sink did not see, or saw twice.
    pub missing: u64,
    /// The first of the wrong ones.
    pub examples: Vec<String>,
}

impl Count {
    pub(super) fn since(mut self, before: &Self) -> Self {
        self.events -= before.events;
        self.spans -= before.spans;
        self.errors -= before.errors;
        self.reads -= before.reads;
        self.wrong -= before.wrong;
        self.missing -= before.missing;
        self
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            events,
            spans,
            errors,
            reads,
            wrong,
            missing,
            ..
        } = self;
        write!(
            f,
            "{events} events, {spans} spans, {errors} errors, {reads} reads, wrong {wrong}, \
             missing {missing}"
        )
    }
}

/// The tally of this process, which its subscriber feeds.
///
/// # Panics
/// If the process has another subscriber already.
pub fn install() -> &'static Tally {
    static TALLY: OnceLock<Arc<Tally>> = OnceLock::new();
    TALLY.get_or_init(|| {
        let tally = Arc::<Tally>::default();
        let layer = whose::layer().with_sink(tally.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        if tracing::subscriber::set_global_default(subscriber).is_err() {
            panic!("the process has another subscriber already");
        }
        tally
    })
}

/// An error that says whose the error is.
#[derive(Debug)]
struct Failed {
    expected: u64,
    seed: u64,
}

impl std::error::Error for Failed {}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.expected, self.seed)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tally {
    /// The numbers so far.
    #[must_use]
    pub fn count(&self) -> Count {
        let [events, spans, errors] = [&self.events, &self.spans, &self.errors].map(Pair::get);
        let missing = [events, spans, errors].map(|(made, seen)| made.abs_diff(seen));
        Count {
            events: events.0,
            spans: spans.0,
            errors: errors.0,
            reads: self.reads.load(Relaxed),
            wrong: self.wrong.load(Relaxed),
            missing: missing.iter().sum(),
            examples: lock(&self.examples).clone(),
        }
    }

    /// Forgets the examples of an earlier run.
    pub(super) fn forget_examples(&self) {
        lock(&self.examples).clear();
    }

    pub(super) fn emitted(&self) -> u64 {
        self.events.made.load(Relaxed)
    }

    /// Emits an event where `who` is expected.
    pub(super) fn event(&self, who: Who, seed: u64) {
        self.events.made.fetch_add(1, Relaxed);
        let expected = who.packed();
        tracing::info!(expected, seed);
    }

    /// Captures an error where `who` is expected, perhaps with a user of its own.
    pub(super) fn error(&self, who: Who, explicit: Option<u32>, seed: u64) {
        self.errors.made.fetch_add(1, Relaxed);
        let user = explicit.unwrap_or(who.user);
        let expected = Who { user, ..who }.packed();
        whose::error(&Failed { expected, seed })
            .user(explicit)
            .capture();
    }

    /// Creates a span where these frames are current.
    pub(super) fn span(&self, truth: &Truth, seed: u64) -> Span {
        let (expected, late) = self.expect_span(truth, truth.who());
        info_span!("step", expected, late, seed)
    }

    /// The fields of a span that is created where these frames are current, and is of `created`.
    pub(super) fn expect_span(&self, truth: &Truth, created: Who) -> (u64, u64) {
        self.spans.made.fetch_add(1, Relaxed);
        if !truth.can_be_late() {
            return (created.packed(), 0);
        }
        let since = tick();
        let late = Late {
            truth: truth.clone(),
            created,
            since,
            was_masked: truth.is_masked(),
        };
        lock(&self.late).insert(since, late);
        (created.packed(), since)
    }

    /// Compares who is current with what the task knows.
    #[track_caller]
    pub(super) fn read(&self, who: Who, seed: u64) {
        self.reads.fetch_add(1, Relaxed);
        let shown = whose::with_current(|at| Who::of(at.user_id(), at.session_id(), at.tag(TAG)));
        if who != shown {
            self.compare(&format!("read at {}", Location::caller()), who, shown, seed);
        }
    }

    /// Counts a program that failed.
    pub(super) fn failed(&self, error: &dyn fmt::Display) {
        self.note(format!("a program failed: {error}"));
    }

    fn note(&self, example: String) {
        self.wrong.fetch_add(1, Relaxed);
        let mut examples = lock(&self.examples);
        if examples.len() < EXAMPLES {
            examples.push(example);
        }
    }

    fn compare(&self, what: &str, expected: Who, shown: Who, seed: u64) {
        if expected != shown {
            self.note(format!(
                "{what}: expected {expected:?}, shown {shown:?}, program of seed {seed}"
            ));
        }
    }
}

impl RecordSink for Tally {
    fn record(&self, record: &Arc<Record>) {
        let shown = Who::of(record.user_id(), record.session_id(), record.tag(TAG));
        let field = |name| record.field(name).and_then(whose::Value::as_u64);
        let number = |name| field(name).unwrap_or(u64::MAX);
        let what = record.record_type();
        let (pair, expected, seed) = match what {
            RecordType::Event => (&self.events, number("expected"), number("seed")),
            RecordType::Span => (&self.spans, number("expected"), number("seed")),
            RecordType::Error => {
                let text = record.message().unwrap_or_default();
                let (expected, seed) = text.split_once(' ').unwrap_or_default();
                let number = |text: &str| text.parse().unwrap_or(u64::MAX);
                (&self.errors, number(expected), number(seed))
            }
            _ => return,
        };
        pair.seen.fetch_add(1, Relaxed);
        let mut expected = Who::unpacked(expected);
        let late = field("late").filter(|late| *late != 0);
        if let Some(late) = late.and_then(|late| lock(&self.late).remove(&late)) {
            expected = late.truth.late(late.created, late.since, late.was_masked);
        }
        self.compare(what.as_str(), expected, shown, seed);
    }
}
