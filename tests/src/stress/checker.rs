//! Compares every record with the expectation of its task.

use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tracing::{Span, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::{Record, RecordSink, RecordType};

use super::frames::ExpectedFrames;
use super::ids::{RecordIds, TAG};
use super::isolated_scope::next_tick;

/// The number of wrong records and reads that are kept as examples.
const EXAMPLES: usize = 10;

/// The number of emitted records of one type, and the number that the sink saw.
#[derive(Debug, Default)]
struct EmittedAndSeen {
    emitted: AtomicU64,
    seen: AtomicU64,
}

impl EmittedAndSeen {
    fn get(&self) -> (u64, u64) {
        let seen = self.seen.load(Relaxed);
        (self.emitted.load(Relaxed), seen)
    }
}

/// A span that can be identified until its close.
#[derive(Debug)]
struct LateSpan {
    frames: ExpectedFrames,
    created: RecordIds,
    since: u64,
    was_anonymous: bool,
}

/// Compares records and reads, and counts the results.
#[derive(Debug, Default)]
pub struct Checker {
    events: EmittedAndSeen,
    spans: EmittedAndSeen,
    errors: EmittedAndSeen,
    reads: AtomicU64,
    wrong: AtomicU64,
    late: Mutex<HashMap<u64, LateSpan>>,
    examples: Mutex<Vec<String>>,
}

/// The counts of a [`Checker`].
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
    /// Records and reads that differ from the expectation of their task, and failed programs.
    pub wrong: u64,
    /// Events, spans and errors that the sink did not see, or saw twice.
    pub missing: u64,
    /// The first wrong records and reads.
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

/// The checker of this process, a sink of the global subscriber.
///
/// # Panics
/// If the process has another subscriber already.
pub fn install() -> &'static Checker {
    static CHECKER: OnceLock<Arc<Checker>> = OnceLock::new();
    CHECKER.get_or_init(|| {
        let checker = Arc::<Checker>::default();
        let layer = whose::layer().with_sink(checker.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        if tracing::subscriber::set_global_default(subscriber).is_err() {
            panic!("the process has another subscriber already");
        }
        checker
    })
}

/// An error that carries its expected ids.
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

impl Checker {
    /// The counts so far.
    #[must_use]
    pub fn count(&self) -> Count {
        let [events, spans, errors] =
            [&self.events, &self.spans, &self.errors].map(EmittedAndSeen::get);
        let missing = [events, spans, errors].map(|(emitted, seen)| emitted.abs_diff(seen));
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

    /// Clears the examples of an earlier run.
    pub(super) fn clear_examples(&self) {
        lock(&self.examples).clear();
    }

    pub(super) fn emitted(&self) -> u64 {
        self.events.emitted.load(Relaxed)
    }

    /// Emits an event that expects `ids`.
    pub(super) fn event(&self, ids: RecordIds, seed: u64) {
        self.events.emitted.fetch_add(1, Relaxed);
        let expected = ids.pack();
        tracing::info!(expected, seed);
    }

    /// Captures an error that expects `ids`, perhaps with an explicit user.
    pub(super) fn error(&self, ids: RecordIds, explicit: Option<u32>, seed: u64) {
        self.errors.emitted.fetch_add(1, Relaxed);
        let user = explicit.unwrap_or(ids.user);
        let expected = RecordIds { user, ..ids }.pack();
        whose::error(&Failed { expected, seed })
            .user(explicit)
            .capture();
    }

    /// Creates a span under these frames.
    pub(super) fn span(&self, frames: &ExpectedFrames, seed: u64) -> Span {
        let (expected, late) = self.expect_span(frames, frames.ids());
        info_span!("step", expected, late, seed)
    }

    /// The fields of a span created under these frames with the identity `created`.
    pub(super) fn expect_span(&self, frames: &ExpectedFrames, created: RecordIds) -> (u64, u64) {
        self.spans.emitted.fetch_add(1, Relaxed);
        if !frames.can_be_late() {
            return (created.pack(), 0);
        }
        let since = next_tick();
        let late = LateSpan {
            frames: frames.clone(),
            created,
            since,
            was_anonymous: frames.is_anonymous(),
        };
        lock(&self.late).insert(since, late);
        (created.pack(), since)
    }

    /// Compares the current attribution with the expectation of the task.
    #[track_caller]
    pub(super) fn read(&self, ids: RecordIds, seed: u64) {
        self.reads.fetch_add(1, Relaxed);
        let found = whose::with_current(|attribution| {
            RecordIds::of(
                attribution.user_id(),
                attribution.session_id(),
                attribution.tag(TAG),
            )
        });
        if ids != found {
            self.compare(&format!("read at {}", Location::caller()), ids, found, seed);
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

    fn compare(&self, name: &str, expected: RecordIds, found: RecordIds, seed: u64) {
        if expected != found {
            self.note(format!(
                "{name}: expected {expected:?}, found {found:?}, program of seed {seed}"
            ));
        }
    }
}

impl RecordSink for Checker {
    fn record(&self, record: &Arc<Record>) {
        let found = RecordIds::of(record.user_id(), record.session_id(), record.tag(TAG));
        let field = |name| record.field(name).and_then(whose::Value::as_u64);
        let number = |name| field(name).unwrap_or(u64::MAX);
        let name = record.record_type();
        let (counter, expected, seed) = match name {
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
        counter.seen.fetch_add(1, Relaxed);
        let mut expected = RecordIds::unpack(expected);
        let late = field("late").filter(|late| *late != 0);
        if let Some(late) = late.and_then(|late| lock(&self.late).remove(&late)) {
            expected = late
                .frames
                .late(late.created, late.since, late.was_anonymous);
        }
        self.compare(name.as_str(), expected, found, seed);
    }
}
