//! Compares every record with what its task knows.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing_subscriber::layer::SubscriberExt as _;
use whose::{Record, RecordSink, RecordType};

/// What was compared.
#[derive(Debug, Default)]
pub struct Tally {
    emitted: AtomicU64,
    seen: AtomicU64,
    spans: AtomicU64,
    reads: AtomicU64,
    wrong: AtomicU64,
    examples: Mutex<Vec<String>>,
}

/// The numbers of a [`Tally`].
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// Events that were emitted.
    pub events: u64,
    /// Spans that were closed.
    pub spans: u64,
    /// Reads of the current user.
    pub reads: u64,
    /// Records and reads with another user than that of their task, or with none where it has one.
    pub wrong: u64,
    /// Events that no sink saw.
    pub missing: u64,
    /// The first of the wrong ones.
    pub examples: Vec<String>,
}

impl Count {
    pub(super) fn since(mut self, before: &Self) -> Self {
        self.events -= before.events;
        self.spans -= before.spans;
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
            reads,
            wrong,
            missing,
            ..
        } = self;
        write!(
            f,
            "{events} events, {spans} spans, {reads} reads, wrong {wrong}, missing {missing}"
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

fn number(id: Option<&str>) -> u64 {
    id.map_or(0, |id| id.parse().unwrap_or(u64::MAX))
}

impl Tally {
    /// The numbers so far.
    #[must_use]
    pub fn count(&self) -> Count {
        let (seen, events) = (self.seen.load(Relaxed), self.emitted.load(Relaxed));
        let examples = self.examples.lock();
        Count {
            events,
            spans: self.spans.load(Relaxed),
            reads: self.reads.load(Relaxed),
            wrong: self.wrong.load(Relaxed),
            missing: events.saturating_sub(seen),
            examples: examples.unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Emits an event of a task whose user is `expected`.
    pub(super) fn event(&self, expected: u64, seed: u64) {
        self.emitted.fetch_add(1, Relaxed);
        tracing::info!(expected, seed);
    }

    /// Compares who is current with what the task knows.
    pub(super) fn read(&self, expected: u64, seed: u64) {
        self.reads.fetch_add(1, Relaxed);
        let shown = whose::with_current(|at| number(at.user_id()));
        self.compare("read", expected, shown, seed);
    }

    /// Counts a program that failed.
    pub(super) fn failed(&self, error: &dyn fmt::Display) {
        self.note(format!("a program: {error}"));
    }

    fn note(&self, example: String) {
        self.wrong.fetch_add(1, Relaxed);
        let mut examples = self.examples.lock().unwrap_or_else(PoisonError::into_inner);
        if examples.len() < 10 {
            examples.push(example);
        }
    }

    pub(super) fn emitted(&self) -> u64 {
        self.emitted.load(Relaxed)
    }

    fn compare(&self, what: &str, expected: u64, shown: u64, seed: u64) {
        if expected != shown {
            self.note(format!(
                "{what}: {expected} was to be, {shown} is, seed {seed}"
            ));
        }
    }
}

impl RecordSink for Tally {
    fn record(&self, record: &Arc<Record>) {
        let what = match record.record_type() {
            RecordType::Span => &self.spans,
            RecordType::Event => &self.seen,
            _ => return,
        };
        what.fetch_add(1, Relaxed);
        let field = |name| record.field(name).and_then(whose::Value::as_u64);
        let (expected, seed) = (field("expected"), field("seed"));
        let shown = number(record.user_id());
        let expected = expected.unwrap_or(u64::MAX);
        self.compare(
            record.record_type().as_str(),
            expected,
            shown,
            seed.unwrap_or_default(),
        );
    }
}
